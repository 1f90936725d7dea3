using CsCheck;

namespace Skep.Bpf.Tests;

public sealed class BtfTests
{
    private static readonly Lazy<Btf> s_kernel = new(Btf.LoadKernel);

    [Fact]
    public void All_types_of_the_kernel_are_bpftools()
    {
        string[] expected = Tool.Run(Tool.Bpftool, "btf", "dump", "file", "/sys/kernel/btf/vmlinux").TrimEnd('\n').Split('\n');
        int at = 0;
        foreach (string line in BtfText.Lines(s_kernel.Value))
        {
            Assert.Equal(expected[at], line);
            at++;
        }

        Assert.Equal(expected.Length, at);
    }

    [Fact]
    public void Bpftool_reads_what_the_builder_writes()
    {
        string path = Path.Combine(Path.GetTempPath(), $"skep-btf-built-{Environment.ProcessId}");
        var types = new BtfBuilder();
        uint number = types.AddInt("int");
        uint context = types.AddPointer(types.AddStruct("xdp_md", 24));
        _ = types.AddFunction("filter", number, isGlobal: true, ("ctx", context), ("count", number));
        uint line = types.AddString("udp dport 53 drop");
        Assert.Equal(line, types.AddString("udp dport 53 drop"));
        try
        {
            File.WriteAllBytes(path, types.Build());
            string[] dumped = Tool.Run(Tool.Bpftool, "btf", "dump", "file", path).TrimEnd('\n').Split('\n');
            Assert.Equal(
                [
                    "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED",
                    "[2] STRUCT 'xdp_md' size=24 vlen=0",
                    "[3] PTR '(anon)' type_id=2",
                    "[4] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2",
                    "\t'ctx' type_id=3",
                    "\t'count' type_id=1",
                    "[5] FUNC 'filter' type_id=4 linkage=global",
                ],
                dumped);
            Assert.Equal("udp dport 53 drop", Btf.Parse(types.Build()).StringAt(line));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void All_types_of_an_object_are_bpftools()
    {
        string path = Path.Combine(Path.GetTempPath(), $"skep-btf-{Environment.ProcessId}.o");
        try
        {
            File.WriteAllBytes(path, BpfSource.Object("Programs/ring.bpf.c"));
            using BpfObject obj = BpfObject.Open(BpfSource.Object("Programs/ring.bpf.c"), "ring");
            string expected = Tool.Run(Tool.Bpftool, "btf", "dump", "file", path);

            // libbpf puts the sections' sizes and the variables' offsets right at the open; the file has zeros.
            string[] ours =
            [
                .. BtfText.Lines(Btf.Parse(obj.GetBtf())).Where(
                    l => !l.StartsWith('\t') && !l.Contains("DATASEC", StringComparison.Ordinal))
            ];
            Assert.Equal(
                expected.TrimEnd('\n').Split('\n').Where(l => !l.StartsWith('\t') && !l.Contains("DATASEC", StringComparison.Ordinal)),
                ours);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Functions_and_their_prototypes_are_found()
    {
        Btf kernel = s_kernel.Value;
        Assert.True(kernel.TryFind("bpf_check", BtfKind.Func, out BtfType function));
        BtfType prototype = kernel[function.TypeId];
        Assert.Equal(BtfKind.FuncProto, prototype.Kind);
        BtfParameter first = prototype.GetParameters()[0];
        Assert.Equal("prog", first.Name);
        Assert.Equal("bpf_prog", kernel.Resolve(kernel.Resolve(kernel.Resolve(first.TypeId).TypeId).TypeId).Name);
        Assert.False(kernel.TryFind("no_such_function", BtfKind.Func, out _));
        Assert.False(kernel.TryFind("bpf_check", BtfKind.Struct, out _));
    }

    [Fact]
    public void Sizes_are_those_of_the_language()
    {
        Btf kernel = s_kernel.Value;
        Assert.True(kernel.TryFind("bpf_prog_info", BtfKind.Struct, out BtfType info));
        Assert.Equal(232, kernel.SizeOf(info.Id));
        BtfMember name = info.GetMembers().Single(m => m.Name == "name");
        Assert.Equal(16, kernel.SizeOf(name.TypeId));
        Assert.Equal(64u * 8, name.BitOffset);
        Assert.Equal(1u, info.GetMembers().Single(m => m.Name == "gpl_compatible").BitFieldSize);
        Assert.Equal(0, kernel.SizeOf(0));
    }

    [Fact]
    public void Split_types_continue_their_base()
    {
        // typedef int twice; upon a base with int.
        Btf under = Btf.Parse(Raw([1, 0x0100_0000, 4, 0x0100_0020], "\0int\0"));
        Btf split = Btf.Parse(Raw([5, 0x0800_0000, 1, 1, 0x0800_0000, 2], "again\0"), under);
        Assert.Equal((2u, 4u), (split.FirstId, split.EndId));
        Assert.Equal("again", split[2].Name);
        Assert.Equal("int", split[3].Name);
        Assert.Equal(1u, split.Resolve(3).Id);
        Assert.Equal(4, split.SizeOf(3));
        Assert.Equal([2u], split.FindAll("again", BtfKind.Typedef).Select(t => t.Id));
        Assert.Equal([3u], split.FindAll("int", BtfKind.Typedef).Select(t => t.Id));
        Assert.Equal([1u], split.FindAll("int", BtfKind.Int).Select(t => t.Id));
    }

    [Fact]
    public void A_name_may_be_the_end_of_a_string()
    {
        Btf btf = Btf.Parse(Raw([4, 0x0100_0000, 4, 0x20], "\0un_int\0"));
        Assert.True(btf.TryFind("int", BtfKind.Int, out BtfType type));
        Assert.Equal("int", type.Name);
    }

    [Fact]
    public void A_type_that_refers_to_itself_is_refused()
    {
        Btf btf = Btf.Parse(Raw([0, 0x0800_0000, 1], "\0"));
        Assert.Throws<InvalidDataException>(() => btf.Resolve(1));
    }

    [Fact]
    public void Broken_bytes_are_refused_or_read_but_never_read_beyond() =>
        Gen.Select(Gen.UInt.Array[0, 40], Gen.Int[0, 200]).Sample((words, cut) =>
        {
            byte[] raw = Raw(words, "\0a\0b\0");
            Btf btf;
            try
            {
                btf = Btf.Parse(raw[..Math.Max(0, raw.Length - cut)]);
            }
            catch (InvalidDataException)
            {
                return;
            }

            for (uint id = 1; id < btf.EndId; id++) Assert.NotNull(btf[id].ToString());
        });

    private static byte[] Raw(uint[] types, string strings)
    {
        uint length = (uint)types.Length * 4;
        uint[] header = [0x0001_eb9f, 24, 0, length, length, (uint)strings.Length];
        return [.. header.Concat(types).SelectMany(BitConverter.GetBytes), .. System.Text.Encoding.ASCII.GetBytes(strings)];
    }
}
