using Skep.Linux.Files;

namespace Skep.Linux.Tests.Files;

/// <summary>
/// Files for output: what is there is written to only where nobody else can have put it, and what is made is its owner's alone.
/// </summary>
public sealed class OutputFileTests : IDisposable
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode MineToEnter = Mine | UnixFileMode.UserExecute;

    private readonly string _scratch = Directory.CreateTempSubdirectory("skep-output-").FullName;

    private string At(string name) => Path.Combine(_scratch, name);

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    private void Shell(string script) => Tool.Run("sh", "-ec", $"cd {_scratch}; {script}");

    private string[] Names() =>
        [.. Directory.GetFileSystemEntries(_scratch).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static void Stream(string path, string text)
    {
        using Stream output = OutputFile.Open(path);
        output.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }

    private static string Refusal(Action write) => Assert.ThrowsAny<IOException>(write).Message;

    [Fact]
    public void A_new_file_is_its_owners_alone()
    {
        OutputFile.Write(At("whole"), "whole"u8);
        Stream(At("stream"), "stream");
        Assert.Equal("whole", File.ReadAllText(At("whole")));
        Assert.Equal("stream", File.ReadAllText(At("stream")));
        Assert.All(["whole", "stream"], name => Assert.Equal(Mine, File.GetUnixFileMode(At(name))));
        Assert.Equal(["stream", "whole"], Names());
    }

    [Fact]
    public void A_stream_goes_into_the_file_that_is_there_and_whoever_reads_along_sees_it()
    {
        Shell("umask 022; echo of before, and longer than what comes >log");
        using var reader = new StreamReader(new FileStream(At("log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        Stream(At("log"), "now");
        Assert.Equal("now", reader.ReadToEnd());
        Assert.Equal("now", File.ReadAllText(At("log")));
        Assert.Equal(Mine | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(At("log")));
    }

    [Fact]
    public void A_whole_file_takes_the_place_of_the_one_before_at_its_end()
    {
        File.WriteAllText(At("object"), "old");
        using (OutputReplacement file = OutputFile.Begin(At("object")))
        {
            file.Stream.Write("new"u8);
            file.Stream.Flush();
            Assert.Equal("old", File.ReadAllText(At("object")));
            file.Commit();
        }

        Assert.Equal("new", File.ReadAllText(At("object")));
        Assert.Equal(["object"], Names());
    }

    [Fact]
    public void A_file_that_is_not_ended_leaves_nothing()
    {
        File.WriteAllText(At("object"), "old");
        using (OutputReplacement file = OutputFile.Begin(At("object"))) file.Stream.Write(new byte[1 << 20]);
        using (OutputReplacement file = OutputFile.Begin(At("other"))) file.Stream.Write(new byte[10]);
        Assert.Equal("old", File.ReadAllText(At("object")));
        Assert.Equal(["object"], Names());
    }

    public static TheoryData<string, string, string> Refused => new()
    {
        { "mkdir out", "out", "it is a directory (name a file)" },
        { "mkdir out", "out/", "it names a directory (name a file)" },
        { "mkdir out", "out/.", "it is a directory (name a file)" },
        { "mkdir out", "out/..", "it is a directory (name a file)" },
        { "true", "out/", "it names a directory (name a file)" },
        { "true", "none/out", "there is no directory DIR/none (make it first: mkdir)" },
        { "echo >file", "file/out", "DIR/file is not a directory" },
        { "echo >file; ln file out", "out",
            "it has 2 names (hard links), and under all of them it would be written over (remove it, or name another file)" },
        { "ln -s b a; ln -s a b", "a", "Too many levels of symbolic links" },
        { "ln -s b a; ln -s a b", "a/out", "Too many levels of symbolic links" },
        { "ln -s /proc/self/cwd a", "a/out", "cwd is a link of the kernel to what a process has open (name the file itself)" },
        { "ln -s /proc/1/root a", "a/out", "root is a link of the kernel to what a process has open (name the file itself)" },
        { "ln -s /proc/self/fd/99 a", "a", "descriptor 99 is not open (open it in the shell: 99>FILE)" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_no_place_for_a_file_is_refused_with_the_reason(string made, string name, string reason)
    {
        Shell(made);
        string[] before = Names();
        string expected = $"writing {At(name)}: {reason.Replace("DIR", _scratch, StringComparison.Ordinal)}";
        Assert.Equal(expected, Refusal(() => OutputFile.Open(At(name)).Dispose()));
        Assert.Equal(expected, Refusal(() => OutputFile.Write(At(name), "x"u8)));
        Assert.Equal(before, Names());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0")]
    [InlineData("/dev/fd/12345678901")]
    [InlineData("/dev/fd/x")]
    public void A_name_of_nothing_is_refused(string name)
    {
        Assert.StartsWith("writing ", Refusal(() => OutputFile.Open(name).Dispose()), StringComparison.Ordinal);
        Assert.StartsWith("writing ", Refusal(() => OutputFile.Write(name, "x"u8)), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_of_ones_own_are_followed()
    {
        Shell(
            "mkdir -p real/deep; ln -s real a; ln -s deep real/up; ln -s a/up/../deep chain; ln -s target real/deep/out; ln -s "
            + "$PWD/real/deep absolute");
        OutputFile.Write(At("chain/out"), "1"u8);
        Assert.Equal("1", File.ReadAllText(At("real/deep/target")));
        Stream(At("absolute/out"), "2");
        Assert.Equal("2", File.ReadAllText(At("real/deep/target")));
        Assert.NotNull(new FileInfo(At("real/deep/out")).LinkTarget);
        OutputFile.Write(At("./real//deep/./../deep/dots"), "3"u8);
        Assert.Equal("3", File.ReadAllText(At("real/deep/dots")));
    }

    [Fact]
    public async Task A_fifo_of_ones_own_and_devices_take_what_is_written()
    {
        Shell("mkfifo pipe");
        Task<string> read = Task.Run(() => File.ReadAllText(At("pipe")), TestContext.Current.CancellationToken);
        OutputFile.Write(At("pipe"), "through"u8);
        Assert.Equal("through", await read);
        OutputFile.Write("/dev/null", "x"u8);
        Stream("/dev/null", "x");
        Assert.Equal("writing /dev/full: No space left on device", Refusal(() => OutputFile.Write("/dev/full", "x"u8)));
        Assert.True(File.Exists("/dev/null"));
    }

    [Fact]
    public void A_descriptor_of_the_process_itself_is_no_output()
    {
        using var own = new FileStream(At("own"), FileMode.Create, FileAccess.ReadWrite);
        string name = $"/dev/fd/{own.SafeFileHandle.DangerousGetHandle()}";
        Assert.Contains("is not open", Refusal(() => OutputFile.Write(name, "x"u8)), StringComparison.Ordinal);
        Assert.Contains("is not open", Refusal(() => OutputFile.Open(name).Dispose()), StringComparison.Ordinal);
        Assert.Equal(0, own.Length);
    }

    [Fact]
    public void A_directory_is_made_for_its_owner_alone_and_stays_the_one_that_was_opened()
    {
        using OutputDirectory directory = OutputDirectory.Open(At("a/b/c"));
        Assert.All(["a", "a/b", "a/b/c"], name => Assert.Equal(MineToEnter, File.GetUnixFileMode(At(name))));
        directory.Write("one", "1"u8);
        Shell("mv a/b/c moved; mkdir elsewhere; ln -s ../../elsewhere a/b/c");
        directory.Write("two", "2"u8);
        Assert.Equal(["one", "two"], Directory.GetFiles(At("moved")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.GetFiles(At("elsewhere")));
        Assert.True(directory.Holds("one"));
        Assert.False(directory.Holds("three"));
    }

    [Fact]
    public void What_others_may_have_put_into_a_directory_is_not_held()
    {
        Shell(
            "mkdir -m 755 d; cd d; umask 022; echo >mine; echo >open; chmod 666 open; ln -s mine link; echo >x; ln x y; mkdir folder; "
            + "mkfifo pipe");
        using (OutputDirectory directory = OutputDirectory.Open(At("d")))
        {
            Assert.True(directory.Holds("mine"));
            Assert.All(["open", "link", "x", "y", "folder", "pipe"], name => Assert.False(directory.Holds(name), name));
        }

        Shell("chmod 777 d");
        using (OutputDirectory directory = OutputDirectory.Open(At("d"))) Assert.False(directory.Holds("mine"));
    }

    [Fact]
    public void A_failed_write_into_a_directory_leaves_nothing()
    {
        Shell("mkdir -p d/taken/full");
        using OutputDirectory directory = OutputDirectory.Open(At("d"));
        Assert.Equal($"writing {At("d/taken")}: Is a directory", Refusal(() => directory.Write("taken", "x"u8)));
        Assert.Equal([At("d/taken")], Directory.GetFileSystemEntries(At("d")));
    }
}
