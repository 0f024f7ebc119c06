"""What readers may believe instead of the lines of `elbo`: each breaks its chain where it stands."""
