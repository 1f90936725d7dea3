using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Inventory.Tests.Code;

/// <summary>The digest of a program of an object is that of the code which libbpf loads: the kernel computes its tag from it.</summary>
[Trait("level", "kernel")]
public sealed class CodeDigestKernelTests
{
    [Fact]
    public void The_tag_of_the_kernel_is_the_head_of_the_digest()
    {
        Requires.Root();
        string file = BpfSource.File("Programs/digest.bpf.c"), pins = $"/sys/fs/bpf/skep-test-digest-{Environment.ProcessId}";
        ProgramCode[] programs = [.. CodeFileReader.Read(file).Where(code => CodeDigest.Of(code, out _) is not null)];
        Assert.Equal(3, programs.Length);
        try
        {
            Tool.Run(Tool.Bpftool, "prog", "loadall", file, pins);
            foreach (ProgramCode code in programs)
            {
                string tag = (string)Tool.BpftoolJson("prog", "show", "pinned", $"{pins}/{code.Name}")["tag"]!;
                string[] known = [CodeDigest.Of(code, out _)![..16], ProgramTag.Text(ProgramTag.Compute(code.Instructions, TagHash.Sha1))];
                Assert.Equal(Requires.IsKernel(6, 18) ? known[0] : known[1], tag);
            }
        }
        finally
        {
            if (Directory.Exists(pins)) Directory.Delete(pins, recursive: true);
        }
    }
}
