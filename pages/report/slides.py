"""Slides and report: what was selected on the other pages, in order, and the files made of it."""

from pages.shared.basket import basket
from pages.shared.session import current_view
from pages.shared.slides.files import show_files
from pages.shared.slides.list import show_empty, show_list
from pages.shared.slides.saved import show_saved

view = current_view()
show_files(view)
if basket():
    show_list(view)
else:
    show_empty(view)
show_saved(view)
