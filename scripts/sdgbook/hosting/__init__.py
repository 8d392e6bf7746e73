"""After the site stands in `_build`: releases on servers, their proof, their headers, and the archive of an edition."""
