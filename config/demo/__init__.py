"""The demo company: several months of a company's life up to now, lived through the doors of the house.

`cast` who there is, `people` whom the story meets, `life` how its days pass, `marketing` and `sales` what
people do, `today` the picture it ends with, `opening` the whole of it.
"""
