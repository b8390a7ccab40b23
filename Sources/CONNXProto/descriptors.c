#include "CONNXProto.h"

const ProtobufCMessageDescriptor *gpx_model_descriptor(void) {
  return &onnx__model_proto__descriptor;
}

const ProtobufCMessageDescriptor *gpx_tensor_descriptor(void) {
  return &onnx__tensor_proto__descriptor;
}
