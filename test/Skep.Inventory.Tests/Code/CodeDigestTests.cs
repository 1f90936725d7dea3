using Skep.Bpf.Elf;
using Skep.Inventory.Code;

namespace Skep.Inventory.Tests.Code;

/// <summary>Of which programs of an object the digest is known before they are loaded.</summary>
public sealed class CodeDigestTests
{
    private const string Object = "Programs/digest.bpf.c", Dependent = "Programs/dependent.bpf.c";

    [Theory]
    [InlineData("nested")]
    [InlineData("maps")]
    [InlineData("local_type")]
    public void Code_that_depends_on_the_object_alone_has_one(string name)
    {
        Assert.Matches("^[0-9a-f]{64}$", CodeDigest.Of(Program(Object, name), out string? reason));
        Assert.Null(reason);
    }

    [Theory]
    [InlineData("core", "CO-RE relocations fit it to the types of the kernel")]
    [InlineData("variable", "it refers to bpf_prog_active of the kernel")]
    [InlineData("function", "it refers to bpf_rcu_read_lock of the kernel")]
    public void Code_that_depends_on_the_kernel_has_none(string name, string expected)
    {
        Assert.Null(CodeDigest.Of(Program(Dependent, name), out string? reason));
        Assert.Equal(expected, reason);
    }

    [Fact]
    public void Code_of_a_big_endian_machine_has_none()
    {
        Assert.Null(CodeDigest.Of(Program(Object, "nested") with { IsBigEndian = true }, out string? reason));
        Assert.Equal("it is for a big-endian machine", reason);
    }

    [Fact]
    public void Functions_follow_what_calls_them_first() => Assert.Equal(
        ["nested", "left", "deep", "deepest", "right", "other", "shared"],
        Program(Object, "nested").Functions.Select(function => function.Name));

    [Fact]
    public void An_object_is_read_from_its_bytes()
    {
        byte[] bytes = BpfSource.Object(Object);
        Assert.True(CodeFileReader.TryReadObject(bytes, out IReadOnlyList<ProgramCode> programs, out _));
        Assert.Equal(["nested", "maps", "local_type"], programs.Select(code => code.Name));
        Assert.False(CodeFileReader.TryReadObject(File.ReadAllBytes("/proc/self/exe"), out _, out string? fault));
        Assert.Contains("not for BPF", fault, StringComparison.Ordinal);
        Assert.False(CodeFileReader.TryReadObject(BpfElfWriter.Write([], "GPL"), out _, out fault));
        Assert.Equal("it holds no program", fault);
        Assert.False(CodeFileReader.TryReadObject(bytes[..40], out _, out fault));
        Assert.NotEmpty(fault);
    }

    private static ProgramCode Program(string source, string name) =>
        CodeFileReader.Read(BpfSource.File(source)).Single(code => code.Name == name);
}
