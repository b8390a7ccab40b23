#pragma once

// jpeglib.h says FILE and size_t and declares neither.
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

#include <jerror.h>
