"""What pages and API show of tickets."""
