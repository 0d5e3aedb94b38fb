"""The `weightloom` command."""

from weightloom.cli.app import app as app, main as main
