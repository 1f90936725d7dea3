using Skep.Bpf;
using Skep.Watch.Decode;
using Skep.Watch.Events;
using Skep.Watch.Layouts;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests;

public sealed class NamesTests
{
    [Theory]
    [InlineData(0L, null)]
    [InlineData(5L, null)]
    [InlineData(long.MaxValue, null)]
    [InlineData(long.MinValue, null)]
    [InlineData(-4096L, null)]
    [InlineData(-1L, "EPERM")]
    [InlineData(-2L, "ENOENT")]
    [InlineData(-4L, "EINTR")]
    [InlineData(-7L, "E2BIG")]
    [InlineData(-22L, "EINVAL")]
    [InlineData(-95L, "EOPNOTSUPP")]
    [InlineData(-133L, "EHWPOISON")]
    [InlineData(-512L, "ERESTARTSYS")]
    [InlineData(-513L, "ERESTARTNOINTR")]
    [InlineData(-514L, "ERESTARTNOHAND")]
    [InlineData(-516L, "ERESTART_RESTARTBLOCK")]
    [InlineData(-524L, "ENOTSUPP")]
    [InlineData(-4000L, "E4000")]
    public void Failures_have_the_kernels_names(long result, string? name) => Assert.Equal(name, SyscallErrors.Name(result));

    [Fact]
    public void Every_failure_has_a_name()
    {
        for (int error = 1; error <= 4095; error++) Assert.StartsWith("E", SyscallErrors.Name(-error));
    }

    // The headers have these as macros, which no BTF keeps: those that this machine's headers know are compiled.
    [Fact]
    public void Flags_are_those_of_the_headers()
    {
        var c = new CDeclarations();
        c.Add("#include <linux/bpf.h>\n#include <linux/if_link.h>\n#include <linux/seccomp.h>\n#include <linux/pkt_cls.h>");
        foreach (string name in (string[])["allow_override", "allow_multi", "replace", "before", "after", "id", "preorder"]) AssertFlag(c,
            "BPF_F_", name, FlagNames.Attach);
        foreach (string name in (string[])["update_if_noexist", "skb_mode", "drv_mode", "hw_mode", "replace"]) AssertFlag(c, "XDP_FLAGS_",
            name, FlagNames.Xdp);
        foreach (string name in (string[])["tsync", "log", "spec_allow", "new_listener", "tsync_esrch", "wait_killable_recv"]) AssertFlag(c,
            "SECCOMP_FILTER_FLAG_", name, FlagNames.Seccomp);
        c.Assert($"TCA_BPF_FLAG_ACT_DIRECT == {Bit("direct_action", FlagNames.Tc)}");
        c.Compile();
    }

    // An enumerator, unlike its kin: since Linux 6.6.
    [Fact]
    public void The_flag_of_links_is_the_kernels()
    {
        string kernel = CDeclarations.OfKernel();
        if (!kernel.Contains("BPF_F_LINK =", StringComparison.Ordinal)) Assert.Skip("needs Linux 6.6");
        var c = new CDeclarations();
        c.Add(kernel);
        c.Assert($"BPF_F_LINK == {Bit("link", FlagNames.Attach)}");
        c.Compile();
    }

    [Fact]
    public void Flags_without_a_name_are_told_by_value()
    {
        Assert.Equal(["allow_multi", "0x80000000"], FlagNames.Attach(0x80000002));
        Assert.Equal(["0x2"], FlagNames.Tc(2));
        Assert.Empty(FlagNames.Xdp(0));
    }

    [Fact]
    public void Masks_let_through_what_a_name_needs()
    {
        foreach (string name in CommandNames.All)
        {
            (ulong commands, uint syscalls) = CommandNames.Masks([name]);
            if (BpfCommandNames.TryParse(name, out BpfCommand command))
            {
                Assert.Equal(1ul << (int)command, commands);
                Assert.Equal(1u << (int)SyscallKind.Bpf, syscalls);
            }
            else
            {
                Assert.Equal(0ul, commands);
                Assert.NotEqual(0u, syscalls);
                Assert.Equal(0u, syscalls & 1u << (int)SyscallKind.Bpf);
                if (name.StartsWith("rtm_",
                    StringComparison.Ordinal)) Assert.Equal(1u << (int)SyscallKind.Sendmsg | 1u << (int)SyscallKind.Sendto, syscalls);
            }
        }
    }

    [Fact]
    public void Masks_of_several_names_are_those_of_each()
    {
        string[] names = [.. CommandNames.All];
        (ulong commands, uint syscalls) = CommandNames.Masks(names);
        Assert.Equal((1ul << BpfCommandNames.KnownCount) - 1, commands);
        foreach (SyscallKind kind in Enum.GetValues<SyscallKind>()) Assert.NotEqual(0u, syscalls & 1u << (int)kind);
        Assert.Equal((ulong.MaxValue, uint.MaxValue), CommandNames.Masks([]));
    }

    [Fact]
    public void Numbers_stand_for_commands()
    {
        Assert.Equal((1ul << 40, 1u << (int)SyscallKind.Bpf), CommandNames.Masks(["40"]));
        Assert.Equal((0ul, 1u << (int)SyscallKind.Bpf), CommandNames.Masks(["77"]));
        Assert.True(CommandNames.IsKnown("77"));
        Assert.True(CommandNames.IsKnown("prog_load"));
        Assert.False(CommandNames.IsKnown("prog_lode"));
        Assert.False(CommandNames.IsKnown("+5"));
        Assert.False(CommandNames.IsKnown("-5"));
        Assert.False(CommandNames.IsKnown(""));
    }

    // What is named must be what events print: a kernel side that lets through, and a filter that then drops, shows nothing.
    [Theory]
    [InlineData("5", "prog_load")]
    [InlineData("005", "prog_load")]
    [InlineData("77", "77")]
    [InlineData("prog_load", "prog_load")]
    [InlineData("rtm_setlink", "rtm_setlink")]
    public void A_name_is_turned_into_what_events_print(string given, string printed) =>
        Assert.Equal(printed, CommandNames.Canonical(given));

    [Fact]
    public void Every_name_that_a_decoder_prints_is_known()
    {
        foreach (uint option in (uint[])[26, 27, 44, 50, 51, 52]) Assert.Contains(new CallSketch(SyscallKind.Setsockopt, option).Event()
            .Command, CommandNames.All);
        foreach (SyscallKind kind in (SyscallKind[])[SyscallKind.Ioctl, SyscallKind.Seccomp,
            SyscallKind.Prctl]) Assert.Contains(new CallSketch(kind).Event().Command, CommandNames.All);
    }

    private static void AssertFlag(CDeclarations c, string prefix, string name, Func<uint, string[]> names)
    {
        string macro = prefix + name.ToUpperInvariant();
        c.Add($"#ifdef {macro}");
        c.Assert($"{macro} == {Bit(name, names)}");
        c.Add("#endif");
    }

    private static uint Bit(string name, Func<uint, string[]> names) =>
        Enumerable.Range(0, 32).Select(i => 1u << i).Single(bit => names(bit) is [var only] && only == name);
}
