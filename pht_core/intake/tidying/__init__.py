"""From mapped tables to the tidy tables of ``model.schema.TABLES``."""
