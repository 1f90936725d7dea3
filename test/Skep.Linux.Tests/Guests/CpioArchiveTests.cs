using System.Text;
using System.Text.RegularExpressions;
using Skep.Linux.Guests;

namespace Skep.Linux.Tests.Guests;

/// <summary>What cpio(1) reads of archives that skep writes.</summary>
public sealed class CpioArchiveTests
{
    [Theory]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(100_001)]
    public void Cpio_unpacks_what_was_written(int length)
    {
        Requires.Installed("cpio");
        using var scratch = new Scratch();
        byte[] content = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
        Tool.Run("cpio", Written(archive =>
        {
            archive.AddFile("usr/lib/name with spaces é", content, 0x1ed);
            archive.AddFile("f", "text\n"u8, 0x1a4);
        }), "-idm", "--quiet", "-D", scratch.Path);
        string unpacked = scratch.File("usr/lib/name with spaces é");
        Assert.Equal(content, File.ReadAllBytes(unpacked));
        Assert.Equal((UnixFileMode)0x1ed, File.GetUnixFileMode(unpacked));
        Assert.Equal("text\n", File.ReadAllText(scratch.File("f")));
        Assert.Equal((UnixFileMode)0x1a4, File.GetUnixFileMode(scratch.File("f")));
    }

    [Fact]
    public void Cpio_lists_directories_once_and_before_what_is_in_them_and_devices_with_their_numbers()
    {
        Requires.Installed("cpio");
        byte[] archive = Written(archive =>
        {
            archive.AddDirectory("proc");
            archive.AddDevice("dev/console", 5, 1);
            archive.AddDevice("dev/ttyS1", 4, 65);
            archive.AddFile("a/b/c", [], 0x1a4);
            archive.AddFile("a/b/d", [], 0x1a4);
        });
        string[] listed = Lines(Tool.Run("cpio", archive, "-t", "--quiet"));
        Assert.Equal(["proc", "dev", "dev/console", "dev/ttyS1", "a", "a/b", "a/b/c", "a/b/d"], listed);
        string[] detailed = Lines(Tool.Run("cpio", archive, "-tv", "--quiet"));
        Assert.Contains(detailed, line => Regex.IsMatch(line, "^crw------- .* 5, +1 .* dev/console$"));
        Assert.Contains(detailed, line => Regex.IsMatch(line, "^crw------- .* 4, +65 .* dev/ttyS1$"));
        Assert.Contains(detailed, line => Regex.IsMatch(line, "^drwxr-xr-x .* proc$"));
    }

    [Fact]
    public void Archives_follow_each_other_without_a_gap()
    {
        byte[] one = Written(archive => archive.AddFile("one", "1"u8, 0x1a4));
        Assert.Equal(0, one.Length % 4);
        Assert.Equal("070701", Encoding.ASCII.GetString(one.AsSpan(0, 6)));
    }

    private static byte[] Written(Action<CpioArchive> add)
    {
        using var written = new MemoryStream();
        var archive = new CpioArchive(bytes => written.Write(bytes));
        add(archive);
        archive.End();
        return written.ToArray();
    }

    private static string[] Lines(byte[] output) => Encoding.UTF8.GetString(output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
