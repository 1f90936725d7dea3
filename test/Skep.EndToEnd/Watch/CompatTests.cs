using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>Callers of the 32-bit system calls.</summary>
public sealed class CompatTests
{
    [Theory]
    [InlineData("-m32 -static")]
    [InlineData("-m64")]
    public void Their_calls_are_told_as_others_are(string flags)
    {
        RequireCompatCalls(flags.Split(' '));
        Watched watched = SkepBinary.Watch("--insns", CProgram.Path("compat.c", flags.Split(' '))).Succeeded();
        JsonElement passed = watched.Answers[0], map = watched.Only("map_create"), load = watched.Only("prog_load"),
            attach = watched.Only("so_attach_filter");
        Assert.Equal("array", map.Text("map.type"));
        Assert.Equal("compat_map", map.Text("map.name"));
        Assert.Equal(12, map.Number("map.bytes_value"));
        Assert.Equal(34, map.Number("map.max_entries"));
        Assert.Equal(passed.Number("map"), map.Number("ret"));
        Assert.Equal("compat_prog", load.Text("prog.name"));
        Assert.Equal("proven", load.Text("prog.capture"));
        Assert.Equal(passed.Text("insns"), Convert.ToHexStringLower(load.Insns()));
        Assert.Equal(passed.Number("prog"), load.Number("ret"));
        Assert.Equal("setsockopt", attach.Text("syscall"));
        Assert.Equal(passed.Number("attached"), attach.Number("ret"));
        Assert.Equal(passed.Text("classic"), Convert.ToHexStringLower(attach.Insns("attach.insns")));
        Assert.Equal($"socket inet fd {passed.Number("sock")}", attach.Text("attach.target"));
        Assert.Contains("32-bit", map.Text("note"), StringComparison.Ordinal);
    }

    // CONFIG_IA32_EMULATION, ia32_emulation=.
    private static void RequireCompatCalls(string[] flags)
    {
        Outcome tried = Tool.Try("env", CProgram.Path("compat_probe.c", flags));
        string how = $"a program of {string.Join(' ', flags)} exits {tried.Code} {tried.Error.Trim()}";
        Assert.SkipUnless(tried.Code == 0, $"the machine cannot: this kernel executes no 32-bit system calls ({how})");
    }
}
