import Foundation
import GraftFiles

extension URL {
  /// The file that an argument of a ``Program`` names, whatever bytes its name has.
  public init(argument: String) { self.init(path: FileText.bytes(of: argument)) }

  /// The absolute path as an argument, so that a call from another folder can name the same file.
  public var wholeArgument: String { FileText.lossless(pathBytes) }
}
