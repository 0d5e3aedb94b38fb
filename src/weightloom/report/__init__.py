"""A run as one HTML page to explore."""

from weightloom.report.page import report as report
