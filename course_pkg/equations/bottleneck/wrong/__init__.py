"""What readers may believe instead of the lines of `bottleneck`: each breaks its chain where it stands."""
