import GraftFiles

extension HDF5File {
  /// What describes a group or a data set: a list of messages (specification, section IV.A.1.a, version 1).
  struct ObjectHeader {
    /// One property of the object.
    struct Message {
      let type: Int
      private let isShared: Bool
      private let content: Cursor

      fileprivate init(type: Int, flags: Int, content: Cursor) {
        self.type = type
        isShared = flags & 0b10 != 0
        self.content = content
      }

      /// The message's own bytes.
      func cursor() throws(HDF5Error) -> Cursor {
        guard !isShared else {
          throw HDF5Error.unsupported(
            at: content.offset, "it shares a property with other objects of the file")
        }
        return content
      }
    }

    /// The numbers of the messages that are read; others are passed over.
    enum MessageType {
      static let dataspace = 0x01
      static let linkInformation = 0x02
      static let datatype = 0x03
      static let link = 0x06
      static let externalFiles = 0x07
      static let layout = 0x08
      static let attribute = 0x0c
      static let continuation = 0x10
      static let symbolTable = 0x11
      static let attributeInformation = 0x15
    }

    /// Where the header lies.
    let address: Int
    private(set) var messages: [Message] = []

    init(at address: Int, in file: HDF5File) throws(HDF5Error) {
      self.address = address
      var prefix = try file.cursor(at: address, count: Self.prefixCount, of: "an object header")
      let version = try prefix.byte()
      guard version == 1 else { throw Self.unknown(version, at: address) }
      // A reserved byte, how many messages there are (they end with their blocks), and how many links lead here.
      try prefix.skip(7)
      let blockCount = try prefix.word()
      var blocks = [
        try file.cursor(
          at: address + Self.prefixCount, count: blockCount, of: "the list of an object's properties")
      ]
      while let block = blocks.popLast() { try read(block, in: file, continuations: &blocks) }
    }

    /// The only message of a type; nil if there is none.
    func message(_ type: Int) -> Message? { messages.first { $0.type == type } }

    // Padded to a multiple of eight bytes.
    private static let prefixCount = 16

    private mutating func read(
      _ block: Cursor, in file: HDF5File, continuations: inout [Cursor]
    ) throws(HDF5Error) {
      var block = block
      while block.remaining >= 8 {
        let type = try block.short()
        let count = try block.short()
        let flags = try block.byte()
        try block.skip(3)
        let message = Message(type: type, flags: flags, content: try block.part(count))
        guard type == MessageType.continuation else {
          messages.append(message)
          continue
        }
        var target = try message.cursor()
        let address = try target.address(of: "more properties")
        continuations.append(
          try file.cursor(
            at: address, count: try target.length(), of: "the list of an object's further properties"))
      }
    }

    private static func unknown(_ version: Int, at address: Int) -> HDF5Error {
      // Version 2 begins with the letters OHDR.
      version == Int(UInt8(ascii: "O"))
        ? .unsupported(at: address, "its header has version 2, and Graft reads version 1")
        : HDF5Error(.damaged, at: address, "no object header begins here: its version would be \(version)")
    }
  }
}
