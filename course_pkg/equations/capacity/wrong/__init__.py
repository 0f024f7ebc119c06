"""What readers may believe instead of the lines of `capacity`: each breaks its chain where it stands."""
