using Skep.Linux.Files;

namespace Skep.Linux.Tests.Files;

/// <summary>Files to which records are appended, that other programs move away, and that are rotated.</summary>
public sealed class AppendedFileTests : IDisposable
{
    private readonly string _scratch = Directory.CreateTempSubdirectory("skep-append-").FullName;

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    [Fact]
    public void What_is_there_stays()
    {
        File.WriteAllText(At("log"), "before\n");
        using (AppendedFile file = AppendedFile.Open(At("log"))) Append(file, "now\n");
        Assert.Equal("before\nnow\n", File.ReadAllText(At("log")));
    }

    [Fact]
    public void A_new_file_is_its_owners_alone()
    {
        using AppendedFile file = AppendedFile.Open(At("log"));
        Assert.True(file.IsRegular);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At("log")));
    }

    [Fact]
    public void A_file_that_is_emptied_goes_on_at_its_beginning()
    {
        using AppendedFile file = AppendedFile.Open(At("log"));
        Append(file, "long ago\n");
        File.WriteAllText(At("log"), "");
        Append(file, "now\n");
        Assert.Equal("now\n", File.ReadAllText(At("log")));
    }

    [Fact]
    public void A_file_that_is_moved_takes_what_comes_until_it_is_opened_anew()
    {
        using AppendedFile file = AppendedFile.Open(At("log"));
        File.Move(At("log"), At("moved"));
        Append(file, "one\n");
        file.Reopen();
        Append(file, "two\n");
        Assert.Equal(("one\n", "two\n"), (File.ReadAllText(At("moved")), File.ReadAllText(At("log"))));
    }

    [Fact]
    public void What_cannot_be_opened_anew_stays_open()
    {
        using AppendedFile file = AppendedFile.Open(At("log"));
        File.Move(At("log"), At("moved"));
        Directory.CreateDirectory(At("log"));
        Assert.ThrowsAny<IOException>(file.Reopen);
        Append(file, "one\n");
        Assert.Equal("one\n", File.ReadAllText(At("moved")));
    }

    [Fact]
    public void Rotated_files_have_numbers_and_the_last_is_removed()
    {
        using AppendedFile file = AppendedFile.Open(At("log"));
        for (int i = 1; i <= 5; i++)
        {
            Append(file, $"{i}");
            file.Rotate(kept: 3);
        }

        Append(file, "6");
        Assert.Equal(["log", "log.1", "log.2", "log.3"], Names());
        Assert.Equal("6543", string.Concat(Names().Select(name => File.ReadAllText(At(name)))));
        Assert.All(Names(), name => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At(name))));
    }

    [Fact]
    public void A_gap_in_the_numbers_is_filled()
    {
        File.WriteAllText(At("log.2"), "old");
        using AppendedFile file = AppendedFile.Open(At("log"));
        Append(file, "1");
        file.Rotate(kept: 3);
        Assert.Equal(("1", "old"), (File.ReadAllText(At("log.1")), File.ReadAllText(At("log.2"))));
    }

    [Fact]
    public void A_file_that_another_program_has_moved_is_not_rotated_again()
    {
        using AppendedFile file = AppendedFile.Open(At("log"));
        Append(file, "1");
        File.Move(At("log"), At("moved"));
        file.Rotate(kept: 3);
        Append(file, "2");
        Assert.Equal(["log", "moved"], Names());
        Assert.Equal("2", File.ReadAllText(At("log")));
    }

    [Fact]
    public void What_is_no_file_is_not_replaced()
    {
        Directory.CreateDirectory(At("log.1"));
        using AppendedFile file = AppendedFile.Open(At("log"));
        IOException refused = Assert.ThrowsAny<IOException>(() => file.Rotate(kept: 1));
        Assert.Equal($"rotating {At("log")}: log.1 is there and is no regular file (remove it, or name another file)", refused.Message);
        Append(file, "1");
        Assert.Equal("1", File.ReadAllText(At("log")));
    }

    [Fact]
    public void A_link_with_that_number_is_not_followed()
    {
        File.WriteAllText(At("precious"), "precious");
        File.CreateSymbolicLink(At("log.1"), At("precious"));
        using AppendedFile file = AppendedFile.Open(At("log"));
        Assert.ThrowsAny<IOException>(() => file.Rotate(kept: 1));
        Assert.Equal("precious", File.ReadAllText(At("precious")));
    }

    [Fact]
    public void A_device_takes_records_but_is_neither_opened_anew_nor_rotated()
    {
        using AppendedFile file = AppendedFile.Open("/dev/null");
        Assert.False(file.IsRegular);
        Append(file, "1");
        file.Reopen();
        Append(file, "2");
    }

    private static void Append(AppendedFile file, string text) =>
        Assert.True(file.TryAppend(System.Text.Encoding.UTF8.GetBytes(text), out _));

    private string At(string name) => Path.Combine(_scratch, name);

    private string[] Names() =>
        [.. Directory.GetFileSystemEntries(_scratch).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
