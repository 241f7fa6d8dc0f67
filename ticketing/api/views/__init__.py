"""Operations about tickets."""
