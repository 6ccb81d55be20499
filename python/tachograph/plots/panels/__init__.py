"""What figures are made of: each panel draws one thing into the axes it is given."""
