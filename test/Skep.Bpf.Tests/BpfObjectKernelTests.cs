using System.Text.Json;

namespace Skep.Bpf.Tests;

[Collection("kernel")]
[Trait("level", "kernel")]
public sealed class BpfObjectKernelTests : OpenDescriptors
{
    [Fact]
    public void Lists_programs_and_maps_before_the_load()
    {
        using BpfObject obj = BpfObject.Open(BpfSource.Object("Programs/ring.bpf.c"), "ring");
        Assert.Equal(["emit", "on_enter"], obj.Programs.Select(p => p.Name).Order());
        Assert.Equal("raw_tp/sys_enter", obj.Program("on_enter").SectionName);
        Assert.Equal(BpfProgramType.Syscall, obj.Program("emit").Type);
        Assert.Equal([".bss", ".rodata"], obj.Maps.Select(m => m.SectionName).OfType<string>().Order());
        Assert.Equal(65536u, obj.Map("events").MaxEntries);
        Assert.Equal(7, BitConverter.ToInt32(obj.Map(".rodata").GetInitialValue()));
    }

    [Fact]
    public void Loads_what_was_configured()
    {
        using BpfObject obj = BpfObject.Open(BpfSource.Object("Programs/ring.bpf.c"), "ring");
        obj.Map("events").MaxEntries = 4096 * 32;
        obj.SetVariable("salt", 99u);
        obj.Program("on_enter").Autoload = false;
        obj.Load();
        using BpfMap events = obj.Map("events").Open();
        Assert.Equal(4096u * 32, events.Info.MaxEntries);
        using BpfMap constants = obj.Map(".rodata").Open();
        var value = new byte[constants.Info.ValueSize];
        Assert.True(constants.TryLookup(new byte[4], value));
        Assert.Equal(99u, BitConverter.ToUInt32(value));
        Assert.Throws<InvalidOperationException>(() => obj.Program("on_enter").Open());
        Assert.Throws<InvalidOperationException>(() => obj.Map(".rodata").WriteInitialValue(0, 1u));
        Assert.Equal("", obj.Messages);
    }

    [Fact]
    public void A_map_without_autocreate_is_left_out()
    {
        using BpfObject obj = BpfObject.Open(BpfSource.Object("Programs/ring.bpf.c"), "ring");
        Assert.True(obj.Map("events").Autocreate);
        obj.Map("events").Autocreate = false;
        Assert.False(obj.Map("events").Autocreate);
        foreach (BpfObjectProgram program in obj.Programs) program.Autoload = false;
        obj.Load();
        Assert.Throws<InvalidOperationException>(() => obj.Map("events").Open());
        using BpfMap constants = obj.Map(".rodata").Open();
        Assert.Equal(BpfMapType.Array, constants.Info.Type);
    }

    [Fact]
    public void Variables_are_found_by_name()
    {
        using BpfObject obj = BpfObject.Open(BpfSource.Object("Programs/ring.bpf.c"), "ring");
        Assert.Equal(".bss", obj.Variable("full").Map.SectionName);
        Assert.Equal(8, obj.Variable("full").Size);
        Assert.Equal([0, 8], new[] { obj.Variable("full").Offset, obj.Variable("submitted").Offset }.Order());
        Assert.Throws<KeyNotFoundException>(() => obj.Variable("none"));
        Assert.Throws<ArgumentException>(() => obj.SetVariable("salt", 1ul));
    }

    [Fact]
    public void Attaches_and_a_link_says_to_what_as_bpftool_does()
    {
        using BpfObject obj = BpfObject.Open(BpfSource.Object("Programs/ring.bpf.c"), "ring");
        obj.Load();
        using BpfLink link = obj.Program("on_enter").Attach();
        BpfLinkInfo info = link.GetInfo();
        Assert.Equal(new BpfLinkTarget.RawTracepoint("sys_enter", 0), info.Target);
        using JsonDocument json = JsonDocument.Parse(Tool.Run(Tool.Bpftool, "-j", "link", "show", "id", $"{info.Id}"));
        Assert.Equal("sys_enter", json.RootElement.GetProperty("tp_name").GetString());
        Assert.Equal(info.ProgramId, json.RootElement.GetProperty("prog_id").GetUInt32());
        using BpfProgram program = obj.Program("on_enter").Open();
        Assert.Equal(info.ProgramId, program.GetInfo().Id);
        uint id = info.Id;
        link.Dispose();
        Assert.DoesNotContain(id, KernelObjects.LinkIds());
    }

    [Fact]
    public void A_refused_program_gives_the_verifiers_words()
    {
        using BpfObject obj = BpfObject.Open(BpfSource.Object("Programs/rejected.bpf.c"), "rejected");
        BpfLoadException e = Assert.Throws<BpfLoadException>(obj.Load);
        Assert.Equal("EACCES", e.Error.Name);
        Assert.Contains("invalid access to packet", e.Summary, StringComparison.Ordinal);
        Assert.Contains("processed ", e.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("processed ", e.Summary, StringComparison.Ordinal);
        Assert.StartsWith("load BPF object rejected: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_object_are_refused()
    {
        BpfLoadException e = Assert.Throws<BpfLoadException>(() => BpfObject.Open("not an ELF file"u8, "junk"));
        Assert.NotEqual("", e.Log);
        Assert.Throws<BpfLoadException>(() => BpfObject.Open([], "empty"));
    }
}
