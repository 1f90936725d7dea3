using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Compat;

/// <summary><c>skep compat</c> with kernels of Debian, which test/vm/kernel.sh gets.</summary>
public sealed class CompatTests
{
    private const string Limit = "300s";

    private static readonly Lazy<(string? Image, string Why)> s_old = new(() => Kernel("6.1")), s_new = new(() => Kernel("newest"));
    private static readonly string[] s_programs = ["pass", "filter", "connects", "caches"];

    private static string Old => Required(s_old.Value);

    private static string New => Required(s_new.Value);

    private static string Object => BpfSource.File("Programs/compat.bpf.c");

    [Fact]
    public void Each_kernel_has_its_verdict_on_each_program()
    {
        (string old, string newest) = (Old, New);
        Outcome outcome = SkepBinary.Run("compat", Object, "--kernel", old, "--kernel", newest, "--timeout", Limit, "-j");
        Assert.Equal(("", 1), (outcome.Error, outcome.Code));
        JsonElement[] found = Objects(outcome.Output);
        Assert.Equal(
            [.. s_programs.Select(program => (old, program)), .. s_programs.Select(program => (newest, program))],
            found.Select(one => (one.Text("kernel")!, one.Text("program")!)));
        Assert.Equal([null, "unsupported", "unsupported", "attach-target"], found.Take(4).Select(one => one.Text("cause")));
        Assert.Equal([true, false, false, false], found.Take(4).Select(one => one.GetProperty("accepted").GetBoolean()));
        Assert.Contains("no programs of type netfilter", found[1].Text("explanation"), StringComparison.Ordinal);
        Assert.Contains(
            "no programs of type cgroup_sock_addr for cgroup_unix_connect", found[2].Text("explanation"), StringComparison.Ordinal);
        Assert.All(found.Skip(4), one => Assert.True(one.GetProperty("accepted").GetBoolean(), one.ToString()));
        Assert.All(found.Take(4), one => Assert.StartsWith("6.1.", one.Text("release"), StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_of_the_kernel_come_from_the_file_beside_it()
    {
        string old = Old;
        using var scratch = new Scratch();
        byte[] program = BpfSource.Compile("""
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            extern int CONFIG_SKEP_TEST __kconfig;
            SEC("socket") int setting(void *ctx) { return CONFIG_SKEP_TEST; }
            """);
        File.WriteAllBytes(scratch.File("setting.o"), program);
        File.CreateSymbolicLink(scratch.File("vmlinuz"), old);
        Outcome without = SkepBinary.Run("compat", scratch.File("setting.o"), "--kernel", old, "-j", "--timeout", Limit);
        JsonElement refused = Assert.Single(Objects(without.Output));
        Assert.Equal("unsupported", refused.Text("cause"));
        string release = refused.Text("release")!;
        scratch.Write($"config-{release}", "CONFIG_SKEP_TEST=7\n");
        Outcome outcome = SkepBinary.Run("compat", scratch.File("setting.o"), "--kernel", scratch.Path, "--timeout", Limit);
        Assert.Equal(("", 0), (outcome.Error, outcome.Code));
        Assert.Equal($"kernel{new string(' ', release.Length - 6)}  setting\n{release}  accepted\n", outcome.Output);
    }

    [Fact]
    public void A_kernel_that_gives_no_answer_is_given_up_and_one_that_does_not_boot_is_reported()
    {
        string old = Old;
        Outcome late = SkepBinary.Run("compat", Object, "--kernel", old, "--timeout", "200ms");
        Assert.Equal(1, late.Code);
        Assert.Contains($"verify in kernel {old}: it gave no answer in 0.2 s, while it booted", late.Error, StringComparison.Ordinal);
        using var scratch = new Scratch();
        File.WriteAllBytes(scratch.File("cut"), File.ReadAllBytes(old)[..200_000]);
        Outcome cut = SkepBinary.Run("compat", Object, "--kernel", scratch.File("cut"), "-j", "--timeout", "20s");
        Assert.Equal(1, cut.Code);
        JsonElement failed = Assert.Single(Objects(cut.Output));
        Assert.Equal(JsonValueKind.Null, failed.GetProperty("accepted").ValueKind);
        Assert.False(string.IsNullOrEmpty(failed.Text("failure")));
    }

    [Fact]
    public void A_signal_ends_the_virtual_machine_too()
    {
        using Process skep = SkepBinary.Start("compat", Object, "--kernel", Old);
        string children = $"/proc/{skep.Id}/task/{skep.Id}/children";
        string machine = "";
        Tool.Until(
            () =>
            {
                // Between fork and exec it is still called as its parent.
                machine = File.ReadAllText(children).Trim();
                return machine.Length > 0 && File.ReadAllText($"/proc/{machine}/cmdline").Contains("qemu", StringComparison.Ordinal);
            },
            "a virtual machine");
        Outcome outcome = Tool.End(skep);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("stopped after 0 of 1 kernels", outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"/proc/{machine}"));
    }

    [Fact]
    public void What_is_missing_is_said_with_what_to_do()
    {
        string old = Old;
        using var scratch = new Scratch();
        Outcome none = SkepBinary.Run("compat", Object, "--kernel", scratch.Path);
        Assert.Equal(3, none.Code);
        Assert.Contains("it has no vmlinuz and no bzImage (name one with --kernel", none.Error, StringComparison.Ordinal);
        Outcome emulator = Tool.Try(SkepBinary.Path, ["compat", Object, "--kernel", old], ("PATH", scratch.Path));
        Assert.Equal(3, emulator.Code);
        Assert.Contains("qemu-system-x86_64 is not installed (apt install qemu-system-x86)", emulator.Error, StringComparison.Ordinal);
        Outcome program = SkepBinary.Run("compat", Object, "--kernel", old, "--prog", "none");
        Assert.Equal(1, program.Code);
        Assert.Contains("it has no program none (it has pass, filter, connects, caches)", program.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Standard_output_that_takes_nothing_is_reported()
    {
        Outcome outcome = Tool.Try(
            "sh", "-c", $"exec '{SkepBinary.Path}' compat '{Object}' --prog pass --kernel '{Old}' --timeout 1ms >/dev/full");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("writing standard output: No space left on device", outcome.Error, StringComparison.Ordinal);
    }

    private static JsonElement[] Objects(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json.Parse)];

    private static string Required((string? Image, string Why) kernel)
    {
        Requires.Installed("qemu-system-x86_64");
        Assert.SkipWhen(kernel.Image is null, $"the machine cannot: {kernel.Why}");
        return kernel.Image!;
    }

    private static (string? Image, string Why) Kernel(string series)
    {
        Outcome outcome = Tool.Try(Repository.File("test/vm/kernel.sh"), series);
        return outcome.Code == 0 ? (outcome.Output.Trim(), "") : (null, $"there is no kernel {series}: {outcome.Error.Trim()}");
    }
}
