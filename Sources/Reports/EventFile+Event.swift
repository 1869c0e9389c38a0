import Foundation

extension EventFile {
  /// What a record says: TensorFlow's message `Event` (tensorflow/core/util/event.proto), of which scalars need little:
  /// wall_time = 1 (double), step = 2 (int64), file_version = 3 (string), summary = 5, whose value = 1 repeats
  /// tag = 1 (string) and simple_value = 2 (float).
  struct Event {
    enum Content {
      /// The first record of each file.
      case fileVersion
      case scalars([(tag: String, value: Float)], step: Int)
    }

    private(set) var bytes: [UInt8] = []

    init(date: Date, _ content: Content) {
      bytes += Self.key(1, .fixed64) + littleEndian(date.timeIntervalSince1970.bitPattern)
      switch content {
      case .fileVersion: bytes += Self.field(3, Array("brain.Event:2".utf8))
      case .scalars(let scalars, let step):
        bytes += Self.key(2, .varint) + Self.varint(UInt64(step))
        let values = scalars.map { scalar in
          Self.field(
            1,
            Self.field(1, Array(scalar.tag.utf8)) + Self.key(2, .fixed32)
              + littleEndian(scalar.value.bitPattern))
        }
        bytes += Self.field(5, values.flatMap(\.self))
      }
    }

    private static func key(_ number: UInt64, _ type: WireType) -> [UInt8] {
      varint(number << 3 | type.rawValue)
    }

    private static func field(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
      key(number, .bytes) + varint(UInt64(content.count)) + content
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
      var (rest, bytes) = (value, [UInt8]())
      while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      return bytes + [UInt8(rest)]
    }
  }

  /// How protocol buffers store a field (protobuf.dev/programming-guides/encoding).
  fileprivate enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case bytes = 2
    case fixed32 = 5
  }

  /// The step of an event that is in a file already, and what it has values for.
  struct StoredEvent {
    private(set) var step = 0
    private(set) var tags: [String] = []

    /// Nil if the bytes are no message.
    init?(_ content: [UInt8]) {
      guard let fields = Self.fields(of: content[...]) else { return nil }
      for field in fields {
        switch (field.number, field.value) {
        case (2, .number(let value)): step = Int(truncatingIfNeeded: value)
        case (5, .bytes(let summary)):
          guard let values = Self.fields(of: summary) else { return nil }
          for case (1, .bytes(let value)) in values {
            guard let parts = Self.fields(of: value) else { return nil }
            for case (1, .bytes(let tag)) in parts { tags.append(String(decoding: tag, as: UTF8.self)) }
          }
        default: break
        }
      }
    }

    private enum Value {
      case number(UInt64)
      case bytes(ArraySlice<UInt8>)
    }

    private static func fields(of bytes: ArraySlice<UInt8>) -> [(number: UInt64, value: Value)]? {
      var (rest, fields) = (bytes, [(number: UInt64, value: Value)]())
      while !rest.isEmpty {
        guard let key = varint(&rest), let type = WireType(rawValue: key & 7) else { return nil }
        let value: Value?
        switch type {
        case .varint: value = varint(&rest).map(Value.number)
        case .fixed64: value = take(8, &rest).map(Value.bytes)
        case .fixed32: value = take(4, &rest).map(Value.bytes)
        case .bytes:
          guard let length = varint(&rest), let count = Int(exactly: length) else { return nil }
          value = take(count, &rest).map(Value.bytes)
        }
        guard let value else { return nil }
        fields.append((key >> 3, value))
      }
      return fields
    }

    private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
      guard count <= rest.count else { return nil }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
      var value: UInt64 = 0
      for shift in stride(from: 0, to: 64, by: 7) {
        guard let byte = rest.popFirst() else { return nil }
        value |= UInt64(byte & 0x7f) << UInt64(shift)
        if byte < 0x80 { return value }
      }
      return nil
    }
  }
}
