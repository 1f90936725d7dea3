using Skep.Bpf;
using Skep.Linux.Kernel;

namespace Skep.Guard.Kernel;

/// <summary>How the programs are attached.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Load">The program that judges loads.</param>
/// <param name="MapCreate">The program that judges the creation of maps.</param>
/// <param name="Command">The program that judges other commands.</param>
/// <param name="OpenMap">The program that judges descriptors of maps.</param>
/// <param name="OpenProgram">The program that judges descriptors of programs.</param>
/// <param name="OnFiles">The programs that judge what is done with files of a bpffs.</param>
/// <param name="Function">The kernel's function that it needs, by its BTF.</param>
internal sealed record GuardBackend(
    string Name, string Load, string MapCreate, string Command, string OpenMap, string OpenProgram, IReadOnlyList<string> OnFiles,
    string Function)
{
    /// <summary>The program that keeps ftrace switched on: one of cgroups, beside either backend.</summary>
    public const string KeepsFtrace = "skep_sysctl";

    private static readonly GuardBackend Lsm =
        new("lsm", "skep_prog_load", "skep_map_create", "skep_command", "skep_open_map", "skep_open_prog",
            ["skep_unlink", "skep_rmdir", "skep_rename", "skep_umount"], "bpf_lsm_bpf_prog_load");
    private static readonly GuardBackend ModifiedReturn =
        new("fmod_ret", "skep_mod_prog_load", "skep_mod_map_create", "skep_mod_command", "skep_mod_open_map", "skep_mod_open_prog",
            ["skep_mod_unlink", "skep_mod_rmdir", "skep_mod_rename", "skep_mod_umount"], "security_bpf_prog_load");

    /// <summary>Whether it is the LSM framework.</summary>
    public bool IsLsm => this == Lsm;

    /// <summary>The best of this kernel.</summary>
    /// <exception cref="NotSupportedByKernelException">It has none.</exception>
    public static GuardBackend Choose(Btf kernel)
    {
        bool runsLsm = SecurityModules.Active()?.Contains("bpf") ?? true;

        // A program of fmod_ret that is preempted is not run for other callers on its CPU (bpf_prog_check_recur); those of LSMs are.
        bool runsInFront = KernelSettings.IsPreemptible == false;
        foreach (GuardBackend backend in (GuardBackend[])[Lsm, ModifiedReturn])
            if ((backend.IsLsm ? runsLsm : runsInFront) && kernel.TryFind(backend.Function, BtfKind.Func, out _)) return backend;
        if (!runsLsm && kernel.TryFind(ModifiedReturn.Function, BtfKind.Func, out _))
        {
            throw new NotSupportedException(
                "BPF is no active LSM, and this kernel preempts, or may preempt, programs in front of functions (fmod_ret): calls of "
                + "others would not be judged meanwhile (boot with lsm=...,bpf); skep guard watch judges after the fact");
        }

        throw new NotSupportedException(
            "guard needs the hook security_bpf_prog_load, where a program is judged with its code (Linux 6.9 or later has it); "
            + "skep guard watch judges after the fact");
    }
}
