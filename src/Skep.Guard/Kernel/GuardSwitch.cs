using Skep.Linux.Kernel;

namespace Skep.Guard.Kernel;

/// <summary>What keeps policies from being applied: the administrator's way out at the start of the machine.</summary>
public static class GuardSwitch
{
    private const string BootParameter = "skep.guard=off";
    private const string DisableFile = "/etc/skep/guard.disabled";

    /// <summary>Why policies are not to be applied at all: a parameter of the boot, or a file of the administrator; null when they
    /// are.</summary>
    public static string? WhyDisabled()
    {
        string[] parameters = (KernelFile.Text("/proc/cmdline").Value ?? "").Split((char[])[' ', '\n']);
        if (parameters.Contains(BootParameter)) return $"the machine was booted with {BootParameter}";
        return KernelFile.Exists(DisableFile) ? $"there is {DisableFile}" : null;
    }
}
