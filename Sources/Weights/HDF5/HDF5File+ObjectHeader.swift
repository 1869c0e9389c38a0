import GraftFiles

extension HDF5File {
  /// What describes a group or a data set: a list of messages (specification, section IV.A.1, versions 1 and 2).
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
      static let filters = 0x0b
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
      if file.bytes.starts(with: Self.signature, at: address) {
        try readVersion2(in: file)
      } else {
        try readVersion1(in: file)
      }
    }

    /// The only message of a type; nil if there is none.
    func message(_ type: Int) -> Message? { messages.first { $0.type == type } }

    private static let signature = Array("OHDR".utf8)
  }
}

// MARK: Version 1

extension HDF5File.ObjectHeader {
  private mutating func readVersion1(in file: HDF5File) throws(HDF5Error) {
    // Padded to a multiple of eight bytes.
    let prefixCount = 16
    var prefix = try file.cursor(at: address, count: prefixCount, of: "an object header")
    let version = try prefix.byte()
    guard version == 1 else {
      throw HDF5Error(.damaged, at: address, "no object header begins here: its version would be \(version)")
    }
    // A reserved byte, how many messages there are (they end with their blocks), and how many links lead here.
    try prefix.skip(7)
    let count = try prefix.word()
    var blocks = [
      try file.cursor(at: address + prefixCount, count: count, of: "the list of an object's properties")
    ]
    while var block = blocks.popLast() {
      while block.remaining >= 8 {
        let (type, count, flags) = (try block.short(), try block.short(), try block.byte())
        try block.skip(3)
        let message = Message(type: type, flags: flags, content: try block.part(count))
        if let (address, count) = try add(message) {
          blocks.append(
            try file.cursor(at: address, count: count, of: "the list of an object's further properties"))
        }
      }
    }
  }

  /// Keeps a message; one that only says where more of them lie is followed instead.
  private mutating func add(_ message: Message) throws(HDF5Error) -> (address: Int, count: Int)? {
    guard message.type == MessageType.continuation else {
      messages.append(message)
      return nil
    }
    var target = try message.cursor()
    return (try target.address(of: "more properties"), try target.length())
  }
}

// MARK: Version 2

extension HDF5File.ObjectHeader {
  private mutating func readVersion2(in file: HDF5File) throws(HDF5Error) {
    let what = "an object header"
    var prefix = try file.peek(at: address, count: 6, of: what)
    try prefix.skip(4)
    let version = try prefix.byte()
    guard version == 2 else {
      throw HDF5Error(.damaged, at: address, "an object header has version \(version), which does not exist")
    }
    let flags = try prefix.byte()
    // Four times, and when attributes move to a heap.
    let extraCount = (flags & 0b10_0000 != 0 ? 16 : 0) + (flags & 0b1_0000 != 0 ? 4 : 0)
    let sizeCount = 1 << (flags & 0b11)
    var sizes = try file.peek(at: address + 6, count: extraCount + sizeCount, of: what)
    try sizes.skip(extraCount)
    let count = try sizes.integer(byteCount: sizeCount)
    let headCount = 6 + extraCount + sizeCount
    guard count <= file.bytes.count else {
      throw HDF5Error(.damaged, at: address, "\(what) of \(count) bytes runs past the end of the file")
    }
    var first = try file.checkedCursor(at: address, count: headCount + count + 4, of: what)
    try first.skip(headCount)
    var blocks = [first]
    while var block = blocks.popLast() {
      // The order of creation takes two more bytes.
      let messageHeadCount = flags & 0b100 != 0 ? 6 : 4
      while block.remaining >= messageHeadCount {
        let (type, count, messageFlags) = (try block.byte(), try block.short(), try block.byte())
        try block.skip(messageHeadCount - 4)
        let message = Message(type: type, flags: messageFlags, content: try block.part(count))
        guard let (address, count) = try add(message) else { continue }
        var next = try file.checkedCursor(
          at: address, count: count, of: "the list of an object's further properties")
        try next.expect("OCHK", "the list of an object's further properties")
        blocks.append(next)
      }
    }
  }
}
