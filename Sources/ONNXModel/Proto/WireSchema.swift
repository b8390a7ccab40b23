import CONNXProto

/// What `Schemas/onnx.proto` says, as the walk over an encoding needs it: taken from the tables that
/// the protocol buffer compiler generated, so that nothing is stated twice.
struct WireSchema: Sendable {
  /// A message.
  struct Message: Sendable {
    /// The name: `TensorProto`.
    let name: String
    /// What an instance takes in memory, its fields' contents apart.
    let byteCount: Int
    /// The fields by their numbers.
    let fields: [Int: Field]
  }

  /// A field of a message.
  struct Field: Sendable {
    let name: String
    let kind: Kind
    let isRepeated: Bool
    /// Its place among the fields of the message.
    let index: Int
  }

  /// How a field is encoded.
  enum Kind: Hashable, Sendable {
    case varint
    case fixed32
    case fixed64
    /// Any bytes.
    case bytes
    /// UTF-8 without NUL.
    case text
    /// The elements of a tensor, which stay where they are.
    case elements
    /// Another message, by its index in ``WireSchema/messages``.
    case message(Int)
  }

  /// All messages that the first one leads to.
  let messages: [Message]

  /// The schema of a file.
  static let model = WireSchema(tensorsOnly: false)
  /// The schema of a tensor in a file of its own.
  static let tensor = WireSchema(tensorsOnly: true)

  private init(tensorsOnly: Bool) {
    var descriptors = unsafe [
      unsafe tensorsOnly ? gpx_tensor_descriptor()! : gpx_model_descriptor()!
    ]
    var messages: [Message] = []
    while unsafe messages.count < descriptors.count {
      let descriptor = unsafe descriptors[messages.count].pointee
      let name = unsafe String(cString: descriptor.short_name)
      var fields: [Int: Field] = [:]
      for index in 0..<Int(unsafe descriptor.n_fields) {
        let field = unsafe descriptor.fields[index]
        let fieldName = unsafe String(cString: field.name)
        let kind: Kind
        switch unsafe field.type {
        case PROTOBUF_C_TYPE_FLOAT: kind = .fixed32
        case PROTOBUF_C_TYPE_DOUBLE: kind = .fixed64
        case PROTOBUF_C_TYPE_STRING: kind = .text
        case PROTOBUF_C_TYPE_BYTES:
          kind = name == "TensorProto" && fieldName == "raw_data" ? .elements : .bytes
        case PROTOBUF_C_TYPE_MESSAGE:
          let inner = unsafe field.descriptor!.assumingMemoryBound(
            to: ProtobufCMessageDescriptor.self)
          let known = unsafe descriptors.firstIndex { unsafe $0 == inner }
          if known == nil { unsafe descriptors.append(inner) }
          kind = .message(unsafe known ?? descriptors.count - 1)
        default: kind = .varint
        }
        let isRepeated = unsafe field.label == PROTOBUF_C_LABEL_REPEATED
        fields[Int(unsafe field.id)] = Field(
          name: fieldName, kind: kind, isRepeated: isRepeated, index: index)
      }
      messages.append(
        Message(name: name, byteCount: unsafe descriptor.sizeof_message, fields: fields))
    }
    self.messages = messages
  }
}
