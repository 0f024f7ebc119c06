"""What readers may believe instead of the lines of `kkt`: each breaks its chain where it stands."""
