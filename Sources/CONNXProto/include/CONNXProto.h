#ifndef CONNXPROTO_H
#define CONNXPROTO_H

#include "onnx.pb-c.h"

/* This is necessary because Swift takes a global of C for a variable that threads may write to. */
const ProtobufCMessageDescriptor *gpx_model_descriptor(void);
const ProtobufCMessageDescriptor *gpx_tensor_descriptor(void);

#endif
