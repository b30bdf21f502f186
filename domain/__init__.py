"""Pure vocabulary of the house: values in, values out, no input or output."""
