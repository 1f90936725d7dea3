using Skep.Bpf.Elf;

namespace Skep.Bpf.Tests;

/// <summary>
/// The objects of Debian's xdp-tools, and those that its libbpf-tools carry inside: read by us, and by libbpf and bpftool.
/// </summary>
[Collection("kernel")]
[Trait("level", "kernel")]
public sealed class CorpusKernelTests : OpenDescriptors
{
    // Shared by the theories: none of it is changed.
    private static readonly Lazy<(string Name, byte[] File)[]> s_objects = new(() => [.. Installed().Concat(Embedded())]);

    [Fact]
    public void Programs_are_those_that_libbpf_sees()
    {
        Assert.InRange(s_objects.Value.Length, 40, 1000);
        Assert.All(s_objects.Value, one =>
        {
            Assert.True(ElfFile.TryParse(one.File, out ElfFile? elf, out string reason), reason);
            IReadOnlyList<BpfElfProgram> ours = BpfElfProgram.List(elf);
            using BpfObject obj = BpfObject.Open(one.File, "corpus");
            Assert.NotEmpty(obj.Programs);
            Assert.All(obj.Programs, expected =>
            {
                BpfElfProgram program = Assert.Single(ours, p => p.Name == expected.Name);
                Assert.Equal(expected.SectionName, program.SectionName);
                Assert.Equal(expected.GetInstructions().SelectMany(BitConverter.GetBytes), program.Instructions.ToArray());
            });
        });
    }

    [Fact]
    public void Types_are_those_that_bpftool_sees()
    {
        string path = Path.Combine(Path.GetTempPath(), $"skep-corpus-{Environment.ProcessId}.o");
        try
        {
            Assert.All(s_objects.Value, one =>
            {
                Assert.True(ElfFile.TryParse(one.File, out ElfFile? elf, out _));
                if (elf.Section(".BTF") is not { } section) return;
                File.WriteAllBytes(path, one.File);
                string expected = Tool.Run(Tool.Bpftool, "btf", "dump", "file", path);
                Assert.Equal(expected, string.Concat(BtfText.Lines(Btf.Parse(section.Content.ToArray())).Select(l => l + "\n")));
            });
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Filters_of_xdp_tools_load_and_are_known_to_bpftool()
    {
        Assert.All(Installed().Where(o => Path.GetFileName(o.Name).StartsWith("xdpfilt_", StringComparison.Ordinal)), one =>
        {
            using BpfObject obj = BpfObject.Open(one.File, "filter");
            obj.LoadOnly(obj.Programs[0]);
            using BpfProgram program = obj.Programs[0].Open();
            BpfProgramInfo info = program.GetInfo();
            Assert.Contains(info.Tag, Tool.Run(Tool.Bpftool, "prog", "show", "id", $"{info.Id}"), StringComparison.Ordinal);
            Assert.Equal(BpfProgramType.Xdp, info.Type);
        });
    }

    private static IEnumerable<(string Name, byte[] File)> Installed() =>
        Directory.EnumerateFiles("/usr/lib/x86_64-linux-gnu/bpf", "*.o").Order().Select(p => (p, File.ReadAllBytes(p)));

    // A skeleton is the object file as a constant: it begins by the same four bytes as the program around it.
    private static IEnumerable<(string Name, byte[] File)> Embedded()
    {
        foreach (string path in Tool.Run("dpkg", "-L", "libbpf-tools").Split('\n').Where(p => p.Contains("bin/", StringComparison.Ordinal)))
        {
            if (!File.Exists(path)) continue;
            byte[] all = File.ReadAllBytes(path);
            for (int at = 4; at < all.Length - ElfFormat.HeaderSize; at++)
            {
                int next = all.AsSpan(at).IndexOf("\u007fELF\u0002\u0001"u8);
                if (next < 0) break;
                at += next;
                byte[] rest = all[at..];
                if (ElfFile.TryParse(rest, out ElfFile? elf, out _) && elf.IsBpf) yield return (path, rest);
            }
        }
    }
}
