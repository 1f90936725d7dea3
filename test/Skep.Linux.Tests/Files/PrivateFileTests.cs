using System.Runtime.InteropServices;
using System.Text;
using Skep.Linux.Files;
using Skep.Linux.Kernel;

namespace Skep.Linux.Tests.Files;

/// <summary>What is kept for this user alone: made so, and believed only when nobody else can have written it.</summary>
public sealed class PrivateFileTests : IDisposable
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode MineToEnter = Mine | UnixFileMode.UserExecute;
    private const UnixFileMode Everyones = (UnixFileMode)0x1ff; // 0777

    private readonly string _scratch = Directory.CreateTempSubdirectory("skep-private-").FullName;
    private readonly List<string> _reports = [];

    private string Root => Path.Combine(_scratch, "run");

    private string File(string name) => Path.Combine(_scratch, name);

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    [Fact]
    public void A_file_is_replaced_durably_as_it_is_otherwise()
    {
        string path = File("durable");
        PrivateFile.ReplaceDurably(path, "one"u8.ToArray());
        PrivateFile.ReplaceDurably(path, "two"u8.ToArray());
        Assert.Equal("two"u8.ToArray(), PrivateFile.Read(path, 10));
        Assert.Equal(Mine, System.IO.File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_scratch));
        Assert.ThrowsAny<IOException>(() => PrivateFile.ReplaceDurably(File("none/durable"), []));
    }

    [Fact]
    public void Directories_are_made_for_their_owner_alone()
    {
        PrivateDirectory.Ensure(Root, $"{Root}/filter/t", _reports.Add);
        Assert.All([Root, $"{Root}/filter", $"{Root}/filter/t"], path => Assert.Equal(MineToEnter, System.IO.File.GetUnixFileMode(path)));
        Assert.Empty(_reports);
    }

    [Fact]
    public void Permissions_of_others_are_taken_away_and_reported()
    {
        Directory.CreateDirectory($"{Root}/filter");
        System.IO.File.SetUnixFileMode(Root, Everyones);
        System.IO.File.SetUnixFileMode($"{Root}/filter", MineToEnter | UnixFileMode.OtherRead);
        PrivateDirectory.Ensure(Root, $"{Root}/filter", _reports.Add);
        Assert.All([Root, $"{Root}/filter"], path => Assert.Equal(MineToEnter, System.IO.File.GetUnixFileMode(path)));
        Assert.Equal(
            [$"{Root} had mode 0777, which let other users in: corrected to 0700", $"{Root}/filter had mode 0704, which let other users "
                + $"in: corrected to 0700"],
            _reports);
    }

    [Theory]
    [InlineData(true, "it is a symbolic link")]
    [InlineData(false, "it is not a directory")]
    public void What_is_no_directory_is_refused_with_a_remedy_that_works(bool link, string reason)
    {
        Directory.CreateDirectory(File("elsewhere"));
        if (link) System.IO.File.CreateSymbolicLink(Root, File("elsewhere"));
        else System.IO.File.WriteAllText(Root, "");
        var e = Assert.Throws<InvalidDataException>(() => PrivateDirectory.Ensure(Root, $"{Root}/filter", _reports.Add));
        Assert.Equal($"using {Root}: {reason} (remove it: rm {Root})", e.Message);
        Assert.Empty(Directory.GetFileSystemEntries(File("elsewhere")));

        Tool.Run("rm", Root);
        PrivateDirectory.Ensure(Root, $"{Root}/filter", _reports.Add);
        Assert.Equal(MineToEnter, System.IO.File.GetUnixFileMode($"{Root}/filter"));
    }

    [Fact]
    public void A_file_is_replaced_whole_and_is_its_owners_alone()
    {
        string path = File("state");
        Assert.Null(PrivateFile.Read(path, 100));
        PrivateFile.Replace(path, "one"u8.ToArray());
        System.IO.File.WriteAllText(path + "~", "left by a killed writer");
        PrivateFile.Replace(path, "two"u8.ToArray());
        Assert.Equal("two"u8, PrivateFile.Read(path, 3)!);
        Assert.Equal(Mine, System.IO.File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFiles(_scratch));
    }

    [Fact]
    public async Task A_file_that_is_removed_or_replaced_while_it_is_opened_is_there_or_not()
    {
        string path = File("state");
        bool isOver = false;
        Task writer = Task.Run(
            () =>
            {
                for (int i = 0; i < 5_000; i++)
                {
                    PrivateFile.Replace(path, "one"u8.ToArray());
                    if (i % 2 == 0) System.IO.File.Delete(path);
                }

                Volatile.Write(ref isOver, true);
            },
            TestContext.Current.CancellationToken);
        var seen = new HashSet<string>();
        while (!Volatile.Read(ref isOver))
        {
            seen.Add(PrivateFile.Read(path, 3) is { } bytes ? Encoding.ASCII.GetString(bytes) : "none");
            using PrivateLines? lines = PrivateLines.Open(path);
        }

        await writer;
        Assert.Equal(["none", "one"], seen.Order());
    }

    [Fact]
    public void A_link_in_the_place_of_the_partial_file_is_not_followed()
    {
        string path = File("state"), precious = File("precious");
        System.IO.File.WriteAllText(precious, "precious");
        System.IO.File.CreateSymbolicLink(path + "~", precious);
        PrivateFile.Replace(path, "two"u8.ToArray());
        Assert.Equal("precious", System.IO.File.ReadAllText(precious));
        Assert.Equal("two"u8, PrivateFile.Read(path, 3)!);
    }

    [Fact]
    public void A_write_that_fails_leaves_the_file_as_it_was()
    {
        // The place of the new file is taken by a directory that is not empty.
        string path = File("state");
        Directory.CreateDirectory(path);
        System.IO.File.WriteAllText(Path.Combine(path, "old"), "");
        Assert.ThrowsAny<Exception>(() => PrivateFile.Replace(path, "new"u8.ToArray()));
        Assert.Equal([path], Directory.GetFileSystemEntries(_scratch));
    }

    public static TheoryData<string, string> Unbelievable => new()
    {
        { "ln -s elsewhere state", "it is a symbolic link" },
        { "ln elsewhere state", "it has 2 links" },
        { "mkfifo state", "it is no regular file" },
        { "mkdir state", "it is no regular file" },
        { "echo forged >state && chmod 666 state", "others may have written it (mode 0666)" },
        { "echo forged >state && chmod 620 state", "others may have written it (mode 0620)" },
        { "truncate -s 2G state", "it is longer than 100 bytes" },
        { "ln -s /dev/zero state", "it is a symbolic link" },
    };

    [Theory]
    [MemberData(nameof(Unbelievable))]
    public void What_others_may_have_written_is_not_believed(string made, string reason)
    {
        Tool.Run("sh", "-c", $"cd {_scratch} && umask 022 && echo text >elsewhere && {made}");
        var e = Assert.Throws<InvalidDataException>(() => PrivateFile.Read(File("state"), 100));
        Assert.Equal($"reading {File("state")}: {reason}", e.Message);
    }

    [Fact]
    public async Task A_lock_is_one_holders_and_its_file_is_its_owners_alone()
    {
        string path = File("lock");
        using (PrivateLock? first = PrivateLock.Try(path))
        {
            Assert.NotNull(first);
            Assert.Equal(Mine, System.IO.File.GetUnixFileMode(path));
            Assert.Null(PrivateLock.Try(path));
            Task<PrivateLock> waiting = Task.Run(() => PrivateLock.Wait(path), TestContext.Current.CancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
            Assert.False(waiting.IsCompleted);
            first.Dispose();
            (await waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Dispose();
        }

        using PrivateLock? again = PrivateLock.Try(path);
        Assert.NotNull(again);
    }

    [Fact]
    public void Whoever_holds_a_lock_file_that_was_open_to_others_holds_no_lock()
    {
        string path = File("lock");
        System.IO.File.WriteAllText(path, "");
        System.IO.File.SetUnixFileMode(path, Mine | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        using var held = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        using PrivateLock? taken = PrivateLock.Try(path);
        Assert.NotNull(taken);
        Assert.Equal(Mine, System.IO.File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_lock_whose_file_was_removed_is_taken_on_the_new_file()
    {
        string path = File("lock");
        using PrivateLock? first = PrivateLock.Try(path);
        System.IO.File.Delete(path);
        using PrivateLock? second = PrivateLock.Try(path);
        Assert.NotNull(second);
        Assert.Null(PrivateLock.Try(path));
    }

    [Fact]
    public void A_status_is_the_files()
    {
        string path = File("some");
        System.IO.File.WriteAllText(path, "12345");
        FileStatus status = FileStatus.TryOf(path)!.Value;
        Assert.Equal(
            Tool.Run("stat", "-c", "%i %h %u %s %f", path).Trim(),
            $"{status.Inode} {status.Links} {status.Owner} {status.Size} {status.Mode:x}");
        using SafeHandle open = System.IO.File.OpenHandle(path);
        Assert.True(status.IsSameFile(FileStatus.Of(open)));
        Assert.Null(FileStatus.TryOf(path + "-not"));
    }
}
