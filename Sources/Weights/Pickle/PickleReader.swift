import GraftFiles

/// Reads a Python pickle of protocol 2 to 5 (the opcodes are those of Python's `pickletools`), without ever running
/// anything: what it would call is described, not called, if it is on the list of ``PickleGlobal``, and else only named.
///
/// It is a loop over a stack; nothing recurses. Each opcode takes at least one byte and makes at most one small value,
/// copies are counted, and texts and bytes stay in the file.
struct PickleReader {
  let bytes: Bytes
  let part: String
  var position: Int
  var stack: [Pickle.Value] = []
  var objects: [Pickle.Object] = []
  /// What is not on the list, each name once: a file may name one a million times.
  var classNames: [String] = []
  private var classNumbers: [String: Int] = [:]
  private var marks: [Int] = []
  private var memo: [Int: Pickle.Value] = [:]
  private var opcodeStart = 0
  private var valuesLeft = largestValueCount

  /// State dicts need some sixty opcodes for each tensor. A value takes more memory than its opcode in the file, so
  /// their number is limited.
  private static let largestValueCount = 1 << 22
  /// Texts are shared, so that one long one can be asked for a million times; names of Python are short.
  private static let longestName = 1000

  private init(_ bytes: Bytes, at position: Int, part: String) {
    self.bytes = bytes
    self.part = part
    self.position = position
  }

  /// Reads one pickle.
  ///
  /// - Parameters:
  ///   - bytes: the file or the member of an archive, of which the pickle is perhaps only the beginning.
  ///   - position: where it begins.
  ///   - part: what it is, for messages.
  /// - Throws: ``WeightFileError``.
  static func pickle(_ bytes: Bytes, at position: Int = 0, part: String) throws -> Pickle {
    var reader = PickleReader(bytes, at: position, part: part)
    while true {
      reader.opcodeStart = reader.position
      let opcode = try reader.byte()
      if opcode == Self.stop { break }
      try reader.count(1)
      try reader.perform(opcode)
    }
    let root = try reader.pop()
    return Pickle(
      objects: reader.objects, classNames: reader.classNames, root: root, end: reader.position, bytes: bytes,
      part: part)
  }

  /// Counts values that are made or copied.
  mutating func count(_ count: Int) throws {
    valuesLeft -= count
    guard valuesLeft >= 0 else {
      throw WeightFileError(
        .unsupported, bytes.file, part: part,
        "its pickle makes more than \(Self.largestValueCount) values, as no file of weights does",
        remedy: "Save only the tensors, without what else the training kept.")
    }
  }
}

// MARK: Opcodes

extension PickleReader {
  private static let stop = UInt8(ascii: ".")

  private mutating func perform(_ opcode: UInt8) throws {
    switch opcode {
    case 0x80: try checkProtocol()
    case 0x95: _ = try take(8)  // FRAME: how many bytes follow, for readers of streams
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88, 0x89: stack.append(.boolean(opcode == 0x88))
    case UInt8(ascii: "J"): stack.append(.integer(Int(try integer(Int32.self))))
    case UInt8(ascii: "K"): stack.append(.integer(Int(try integer(UInt8.self))))
    case UInt8(ascii: "M"): stack.append(.integer(Int(try integer(UInt16.self))))
    case 0x8a: try pushLong(byteCount: Int(integer(UInt8.self)))
    case 0x8b: try pushLong(byteCount: length(Int32.self))
    case UInt8(ascii: "G"):
      _ = try take(8)
      stack.append(.other)
    case UInt8(ascii: "X"), UInt8(ascii: "T"): stack.append(.text(try take(length(UInt32.self))))
    case 0x8c, UInt8(ascii: "U"): stack.append(.text(try take(Int(integer(UInt8.self)))))
    case 0x8d: stack.append(.text(try take(length(UInt64.self))))
    case UInt8(ascii: "B"): stack.append(.bytes(try take(length(UInt32.self))))
    case UInt8(ascii: "C"): stack.append(.bytes(try take(Int(integer(UInt8.self)))))
    case 0x8e: stack.append(.bytes(try take(length(UInt64.self))))
    case UInt8(ascii: "q"): memo[Int(try integer(UInt8.self))] = try top()
    case UInt8(ascii: "r"): memo[Int(try integer(UInt32.self))] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): try recall(Int(integer(UInt8.self)))
    case UInt8(ascii: "j"): try recall(Int(integer(UInt32.self)))
    default: try performOnObjects(opcode)
    }
  }

  private mutating func performOnObjects(_ opcode: UInt8) throws {
    switch opcode {
    case UInt8(ascii: ")"): push(.tuple([]))
    case UInt8(ascii: "t"): push(.tuple(try popMarked()))
    case 0x85, 0x86, 0x87:
      let count = Int(opcode) - 0x84
      guard stack.count - count >= (marks.last ?? 0) else {
        throw damaged("it takes more values than there are")
      }
      let values = Array(stack.suffix(count))
      stack.removeLast(count)
      push(.tuple(values))
    case UInt8(ascii: "]"): push(.list([]))
    case UInt8(ascii: "a"): try append([pop()])
    case UInt8(ascii: "e"): try append(popMarked())
    case UInt8(ascii: "}"): push(.dictionary([]))
    case UInt8(ascii: "s"):
      let value = try pop()
      try setItems([pop(), value])
    case UInt8(ascii: "u"): try setItems(popMarked())
    case 0x8f: stack.append(.other)  // EMPTY_SET
    case 0x90: _ = try popMarked()  // ADDITEMS, to a set
    case 0x91:  // FROZENSET
      _ = try popMarked()
      stack.append(.other)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popMarked()
    case UInt8(ascii: "c"): try pushGlobal(module: line(), name: line())
    case 0x93:
      let (name, module) = (try pop(), try pop())
      try pushGlobal(module: text(module), name: text(name))
    case UInt8(ascii: "Q"): try pushPersistent(pop())
    case UInt8(ascii: "R"), 0x81:
      // Popped first: `tuple(pop())` would hold a second reference to the stack, and copy all of it.
      let arguments = try pop()
      stack.append(try result(of: pop(), arguments: tuple(arguments)))
    case 0x92:  // NEWOBJ_EX, which has arguments by name, too
      _ = try pop()
      let arguments = try pop()
      stack.append(try result(of: pop(), arguments: tuple(arguments)))
    case UInt8(ascii: "b"):
      let state = try pop()
      try build(top(), from: state)
    default:
      throw damaged("0x\(String(opcode, radix: 16)) is no opcode that files of weights use")
    }
  }

  private mutating func checkProtocol() throws {
    let version = try byte()
    guard (2...5).contains(version) else { throw damaged("pickle protocol \(version) is unknown") }
  }

  /// Integers of any length; those of more than 64 bits are of no use here.
  private mutating func pushLong(byteCount: Int) throws {
    let digits = try take(byteCount)
    guard byteCount <= 8 else { return stack.append(.other) }
    var value: UInt64 = digits[byteCount - 1].map { $0 >= 0x80 ? .max : 0 } ?? 0
    for index in (0..<byteCount).reversed() { value = value << 8 | UInt64(digits[index] ?? 0) }
    stack.append(.integer(Int(Int64(bitPattern: value))))
  }

  private mutating func recall(_ number: Int) throws {
    guard let value = memo[number] else {
      throw damaged("it refers to value \(number), which it has not made")
    }
    stack.append(value)
  }

  private mutating func pushGlobal(module: String, name: String) throws {
    if let global = PickleGlobal(module: module, name: name) { return stack.append(.global(global)) }
    if let (problem, remedy) = PickleGlobal.refusal(module: module, name: name) {
      throw WeightFileError(.unsupported, bytes.file, part: part, problem, remedy: remedy)
    }
    let full = "\(module).\(name)"
    let number = classNumbers[full] ?? classNames.count
    if number == classNames.count {
      classNumbers[full] = number
      classNames.append(full)
    }
    stack.append(.global(.foreign(number)))
  }

  /// Appends to the list on top.
  private mutating func append(_ values: [Pickle.Value]) throws {
    guard case .object(let number) = try top() else {
      throw damaged("it appends to something that is no list")
    }
    if case .foreign = objects[number] { return }
    guard case .list(var list) = objects[number] else {
      throw damaged("it appends to something that is no list")
    }
    // Without the second reference, the list grows in place.
    objects[number] = .list([])
    list += values
    objects[number] = .list(list)
  }

  /// Adds keys and values, in turn, to the dictionary on top.
  private mutating func setItems(_ values: [Pickle.Value]) throws {
    guard values.count.isMultiple(of: 2) else { throw damaged("it sets a key without a value") }
    guard case .object(let number) = try top() else {
      throw damaged("it sets items of something that is no dictionary")
    }
    // Without the second reference, the entries grow in place.
    let object = objects[number]
    objects[number] = .dictionary([])
    let new = stride(from: 0, to: values.count, by: 2).lazy.map { (key: values[$0], value: values[$0 + 1]) }
    switch consume object {
    case .dictionary(var entries):
      entries += new
      objects[number] = .dictionary(entries)
    case .foreign(var foreign):
      foreign.entries += new
      objects[number] = .foreign(foreign)
    default: throw damaged("it sets items of something that is no dictionary")
    }
  }
}

// MARK: The stack and the bytes

extension PickleReader {
  func damaged(_ problem: String) -> WeightFileError {
    WeightFileError(.damaged, bytes.file, part: part, "\(problem), at byte \(opcodeStart) of the pickle")
  }

  mutating func push(_ object: Pickle.Object) {
    stack.append(.object(objects.count))
    objects.append(object)
  }

  private func top() throws -> Pickle.Value {
    guard stack.count > marks.last ?? 0, let value = stack.last else {
      throw damaged("it takes a value where there is none")
    }
    return value
  }

  private mutating func pop() throws -> Pickle.Value {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popMarked() throws -> [Pickle.Value] {
    guard let mark = marks.popLast() else {
      throw damaged("it takes values down to a mark that it has not set")
    }
    let values = Array(stack[mark...])
    stack.removeLast(values.count)
    return values
  }

  func tuple(_ value: Pickle.Value) throws -> [Pickle.Value] {
    guard case .object(let number) = value, case .tuple(let values) = objects[number] else {
      throw damaged("a tuple is missing")
    }
    return values
  }

  func text(_ value: Pickle.Value) throws -> String {
    guard case .text(let bytes) = value, bytes.count <= Self.longestName, let text = bytes.text else {
      throw damaged("a name is missing")
    }
    return text
  }

  private mutating func byte() throws -> UInt8 { try integer(UInt8.self) }

  private mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Integer {
    guard let value = bytes.littleEndian(type, at: position) else { throw damaged("the file ends") }
    position += MemoryLayout<Integer>.size
    return value
  }

  private mutating func length<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Int {
    let value = try integer(type)
    guard let length = Int(exactly: value), length >= 0 else {
      throw damaged("a length of \(value) cannot be")
    }
    return length
  }

  private mutating func take(_ count: Int) throws -> Bytes {
    guard let taken = bytes.slice(from: position, count: count) else {
      throw damaged("\(count) bytes are announced, and the file ends before")
    }
    position += count
    return taken
  }

  /// A line of the names that follow the opcode GLOBAL.
  private mutating func line() throws -> String {
    for end in position..<position + Self.longestName where bytes[end] == UInt8(ascii: "\n") {
      guard let text = bytes.slice(from: position, count: end - position)?.text else { break }
      position = end + 1
      return text
    }
    throw damaged("the name of a function is missing")
  }
}
