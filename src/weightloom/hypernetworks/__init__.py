"""Hypernetworks H: generators of the weights of other networks."""

from weightloom.hypernetworks.attentional import AttentionalHypernetwork as AttentionalHypernetwork
from weightloom.hypernetworks.base import Generated as Generated, Hypernetwork as Hypernetwork
from weightloom.hypernetworks.coded import CodedHypernetwork as CodedHypernetwork
from weightloom.hypernetworks.pareto import ParetoHypernetwork as ParetoHypernetwork
