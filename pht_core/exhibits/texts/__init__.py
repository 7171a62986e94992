"""The words of exhibits: headline, caption and results sentence, a module per page."""
