"""What sales' decisions teach: what tells those taken on apart, and which change of the rules follows."""
