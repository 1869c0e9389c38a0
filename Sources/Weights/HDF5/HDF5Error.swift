import Foundation

/// Why a part of an HDF5 file cannot be read, as the code knows it that reads that part: where it lies, but not yet in
/// which file.
struct HDF5Error: Error {
  let kind: WeightFileError.Kind
  /// Where in the file, in bytes from its superblock; nil where the trouble has no place of its own.
  let offset: Int?
  /// What is wrong, without a full stop.
  let problem: String
  /// What to do, as whole sentences; nil for the usual remedy of this kind.
  let remedy: String?
  /// The path of the group or data set, filled in on the way up by whoever knows it.
  private(set) var path: String?

  init(_ kind: WeightFileError.Kind, at offset: Int?, _ problem: String, remedy: String? = nil) {
    self.kind = kind
    self.offset = offset
    self.problem = problem
    self.remedy = remedy
  }

  /// Something sound that this reader does not read, and that Keras can write anew in a form that it does.
  static func unsupported(at offset: Int?, _ problem: String) -> HDF5Error {
    HDF5Error(
      .unsupported, at: offset, problem,
      remedy: "Load it with the Keras that made it, and save it again from there: model.save(\"weights.h5\")."
    )
  }

  /// Runs `body`, and says of its errors which object they are about.
  static func about<Result>(_ path: String, _ body: () throws(HDF5Error) -> Result) throws(HDF5Error)
    -> Result
  {
    do throws(HDF5Error) {
      return try body()
    } catch {
      var error = error
      if error.path == nil { error.path = path }
      throw error
    }
  }

  /// The same for the person who reads it.
  ///
  /// - Parameters:
  ///   - member: which member of an archive the HDF5 file is; nil if it is a file by itself.
  ///   - start: where in it the HDF5 part begins.
  func weightFileError(in file: URL, member: String? = nil, from start: Int = 0) -> WeightFileError {
    let place = [path, offset.map { "byte \(start.addingReportingOverflow($0).partialValue)" }].compactMap(
      \.self
    ).joined(separator: " at ")
    let part = [member, place.isEmpty ? nil : place].compactMap(\.self).joined(separator: ": ")
    return WeightFileError(kind, file, part: part.isEmpty ? nil : part, problem, remedy: remedy)
  }
}
