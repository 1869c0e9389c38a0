import Foundation
import GraftTensor
import GraftWeights
import Synchronization
import Testing

/// The reference numbers of Tests/Golden.
public enum Golden {
  /// The folder.
  public static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Golden")

  /// An npz file of the folder, opened once: `Golden.npz("ops")`.
  public static func npz(_ name: String) throws -> NPZFile {
    try opened.withLock { opened in
      if let file = opened[name] { return file }
      let file = try NPZFile(contentsOf: folder.appendingPathComponent(name + ".npz"))
      opened[name] = file
      return file
    }
  }

  /// The cases of an npz file whose arrays are named `case/array`, by the names of the cases.
  public static func cases(in name: String) throws -> [String: Case] {
    let file = try npz(name)
    return Dictionary(
      uniqueKeysWithValues: Set(file.names.map { String($0.prefix { $0 != "/" }) }).map { name in
        (name, Case(name: name, file: file))
      })
  }

  private static let opened = Mutex<[String: NPZFile]>([:])
}

extension Golden {
  /// The arrays of one case.
  public struct Case: Sendable {
    /// The case.
    public let name: String
    fileprivate let file: NPZFile

    /// An array as float32.
    public func tensor(_ array: String) throws -> Tensor { try file.tensor(named: "\(name)/\(array)") }

    /// An array as it is stored.
    public func array(_ array: String) throws -> NPYArray { try file.array(named: "\(name)/\(array)") }

    /// The case's attributes, which are stored as JSON.
    public func attributes<Attributes: Decodable>(as type: Attributes.Type) throws -> Attributes {
      try JSONDecoder().decode(type, from: Data(array("attributes").bytes))
    }
  }
}

extension Golden.Case: CustomTestStringConvertible {
  /// The name, as test reports show it.
  public var testDescription: String { name }
}
