from .layouts import LAYOUTS as LAYOUTS
from .network import draw as draw
from .page import page_path as page_path, write_page as write_page
from .saving import figure_path as figure_path, house_style as house_style, save as save
