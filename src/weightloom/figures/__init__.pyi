from .layouts import LAYOUTS as LAYOUTS
from .network import draw as draw, plot_network as plot_network
from .page import page_path as page_path, write_page as write_page
from .saving import figure_path as figure_path, save as save
from .style import house_style as house_style
