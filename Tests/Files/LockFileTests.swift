import Foundation
import TestSupport
import Testing

@testable import GraftFiles

@Suite struct LockFileTests {
  @Test func aLockIsTakenOnceAndGoesWithItsHolder() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("lock")
      var first = try LockFile.take(file)
      #expect(try first != nil && LockFile.take(file) == nil && LockFile.isTaken(file))
      first = nil
      #expect(try !FileSystem.exists(file) && !LockFile.isTaken(file))
      // That of a process which was killed.
      try Data().write(to: file)
      #expect(try LockFile.take(file) != nil)
      try Data().write(to: file)
      #expect(try !LockFile.isTaken(file) && !FileSystem.exists(file))
    }
  }

  @Test func aFileSystemWithoutLocksIsNoReasonToStop() {
    for code in [ENOLCK, EOPNOTSUPP, ENOSYS] {
      #expect(OpenFile.LockOutcome(failedWith: code) == .unsupported)
    }
    #expect(OpenFile.LockOutcome(failedWith: EWOULDBLOCK) == .busy)
    #expect(OpenFile.LockOutcome(failedWith: EBADF) == nil)
  }
}

@Suite struct MountTableTests {
  private let table = MountTable(
    Array(
      """
      /dev/sda / ext4 rw 0 0
      tmpfs /tmp tmpfs rw 0 0
      server:/a /home/my\\040files nfs4 rw 0 0
      /dev/sdb /tmp xfs rw 0 0
      short
      """.utf8))

  @Test func theClosestFolderCounts() {
    func type(_ path: String) -> String? { table.type(ofPath: Array(path.utf8)) }
    #expect(type("/home/my files/x") == "nfs4" && type("/home/my files") == "nfs4")
    #expect(type("/home/my filesystem") == "ext4" && type("/") == "ext4")
    // Mounted over the other.
    #expect(type("/tmp/x") == "xfs" && type("/tmpx") == "ext4")
    #expect(MountTable([]).type(ofPath: Array("/".utf8)) == nil)
  }
}
