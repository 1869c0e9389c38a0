import Foundation
import GraftWeights
import Testing

/// What each broken file is refused for, by a part of the sentence that says so.
private let reasons: [(file: String, reason: String)] = [
  ("truncated.npz", "the end of the file is cut off"),
  ("wrong_crc.npz", "conv.weight.npy: its CRC-32 checksum does not match"),
  ("object_pickle.npz", "conv.weight: its pickle wants to call posix.system"),
  ("inflates_past_header.npz", "it announces 144 bytes, and the zip file's directory promises 67109008"),
  ("duplicate_member.npz", "two members are called conv.bias.npy"),
  ("zip_claims_4GiB.npz", "it announces 144 bytes, and the zip file's directory promises 4294967280"),
  ("object_pickle.npy", "object array: its pickle wants to call posix.system"),
  ("header_too_long.npy", "its npy header claims 2147483647 bytes"),
  ("shape_overflow.npy", "announces 4294967296×4294967296 elements"),
  ("shape_huge.npy", "announces 1099511627776 elements of 4 bytes, and 16 bytes follow"),
  ("negative_shape.npy", "its npy header cannot be read: \"-4, -4), }"),
  ("payload_short.npy", "announces 5 elements of 4 bytes, and 16 bytes follow"),
  ("header_is_code.npy", "its npy header cannot be read: \"__import__"),
  ("unknown_dtype.npy", "its element type <q7"),
  ("truncated.safetensors", "conv.weight: it ends at byte 448 of the data"),
  ("truncated_header.safetensors", "header: it claims"),
  ("tiny.safetensors", "header: the file has 3 bytes"),
  ("lfs_pointer.safetensors", "git-LFS pointer to a file of 58889256 bytes"),
  ("header_too_long.safetensors", "header: it claims to be longer than the 100000000 bytes"),
  ("header_length_100MB.safetensors", "header: it claims"),
  ("overlapping_offsets.safetensors", "b: it overlaps another tensor"),
  ("gap_in_offsets.safetensors", "b: the 8 bytes before it belong to no tensor"),
  ("trailing_bytes.safetensors", "its last 14 bytes belong to no tensor"),
  ("offsets_past_end.safetensors", "a: it ends at byte 1099511627776 of the data"),
  ("offsets_reversed.safetensors", "a: it ends before it begins"),
  ("size_mismatch.safetensors", "a: its shape 5 of F32 does not fill its 16 bytes"),
  ("shape_overflow.safetensors", "a: its shape 4611686018427387904×4 of F32"),
  ("negative_shape.safetensors", "no whole number"),
  ("duplicate_keys.safetensors", "the name a comes twice"),
  ("duplicate_keys_same_span.safetensors", "the name a comes twice"),
  ("not_utf8.safetensors", "a text is not UTF-8"),
  ("not_an_object.safetensors", "{ is missing"),
  ("unknown_dtype.safetensors", "the element type F99 is unknown"),
  ("fractional_shape.safetensors", "] is missing"),
  ("deep_json.safetensors", "is missing"),
  ("metadata_not_strings.safetensors", "\" is missing"),
]

@Test(arguments: reasons)
func brokenFilesAreRefusedWithTheReason(_ file: String, _ reason: String) throws {
  let url = golden("broken/\(file)")
  let text = message {
    switch url.pathExtension {
    case "npy": try readAll(NPYFile(contentsOf: url))
    case "npz": try readAll(NPZFile(contentsOf: url))
    default: try readAll(SafetensorsFile(contentsOf: url))
    }
  }
  #expect(text?.contains(reason) == true, "\(text ?? "it was accepted")")
  #expect(text?.contains(file) == true, "The message names the file.")
}

@Test(arguments: reasons)
func theReaderThatIsChosenByContentRefusesThemToo(_ file: String, _ reason: String) throws {
  #expect(throws: WeightFileError.self) { try readAll(openWeightFile(at: golden("broken/\(file)"))) }
}

@Test func everyBrokenFileOfTheseFormatsIsTested() throws {
  let files = try FileManager.default.contentsOfDirectory(atPath: golden("broken").path)
  let ours = files.filter { ["npy", "npz", "safetensors"].contains(URL(fileURLWithPath: $0).pathExtension) }
  #expect(Set(ours) == Set(reasons.map(\.file)))
}

private func readAll(_ file: any WeightFile) throws {
  for name in file.names { _ = try file.tensor(named: name) }
}
