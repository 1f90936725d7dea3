using System.Buffers.Binary;
using System.Text.RegularExpressions;
using Skep.Linux.Guests;

namespace Skep.Linux.Tests.Guests;

/// <summary>What programs are linked with, against ldd(1), and hostile executables.</summary>
public sealed partial class SharedLibrariesTests
{
    [Theory]
    [InlineData("ls"), InlineData("bash"), InlineData("clang"), InlineData("qemu-system-x86_64"), InlineData("dotnet")]
    public void They_are_those_that_ldd_finds(string program)
    {
        string? path = Tool.TryFind(program);
        Assert.SkipWhen(path is null, $"the machine cannot: it has no {program}");
        string[] expected = [.. Library().Matches(Tool.Run("ldd", path!)).Select(match => Path.GetFileName(match.Groups[1].Value))];
        IReadOnlyDictionary<string, byte[]> found = SharedLibraries.Of(path!);
        Assert.Equal(expected.Distinct().Order(StringComparer.Ordinal), found.Keys.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(found, library => Assert.Equal(File.ReadAllBytes(library.Key), library.Value));
    }

    [Fact]
    public void A_static_program_needs_none()
    {
        using var scratch = new Scratch();
        string source = scratch.Write("empty.c", "int main(void) { return 0; }\n");
        Tool.Run("gcc", "-static", source, "-o", scratch.File("empty"));
        Assert.Empty(SharedLibraries.Of(scratch.File("empty")));
    }

    [Fact]
    public void A_file_that_is_no_executable_has_a_reason()
    {
        using var scratch = new Scratch();
        string text = scratch.Write("text", "no program");
        Assert.Contains("no 64-bit little-endian ELF file", Assert.Throws<InvalidDataException>(() => SharedLibraries.Of(text)).Message,
            StringComparison.Ordinal);
        Assert.Contains(scratch.File("none"), Assert.Throws<InvalidDataException>(() => SharedLibraries.Of(scratch.File("none"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_or_broken_executable_throws_nothing()
    {
        byte[] file = File.ReadAllBytes(Tool.Find("ls"));
        Assert.True(DynamicExecutable.TryParse(file, out DynamicExecutable? whole, out _));
        Assert.NotEmpty(whole.Needed);
        int refused = 0;
        for (int length = 0; length < 4096; length += 7)
            if (!DynamicExecutable.TryParse(file.AsSpan(0, length), out _, out string reason)) refused += reason.Length > 0 ? 1 : 0;
        Assert.InRange(refused, 500, 600);

        // Each field of the program headers and of the dynamic section, out of all bounds.
        int table = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(32));
        byte[] huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        for (int at = 0; at < 13 * 56; at += 8)
        {
            byte[] broken = [.. file];
            huge.CopyTo(broken.AsSpan(table + at));
            _ = DynamicExecutable.TryParse(broken, out _, out _);
        }

        for (int at = 32; at < 64; at += 2)
        {
            byte[] broken = [.. file];
            huge.CopyTo(broken.AsSpan(at));
            _ = DynamicExecutable.TryParse(broken, out _, out _);
        }
    }

    [GeneratedRegex(@"(?:=> |^\s*)(/\S+) \(0x", RegexOptions.Multiline)]
    private static partial Regex Library();
}
