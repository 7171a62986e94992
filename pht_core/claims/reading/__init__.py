"""From a manuscript to text, sentences and tables, with places in the original."""
