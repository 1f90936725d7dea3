using Skep.Bpf;
using Skep.Guard.Model;
using Skep.Inventory.Machine;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Kernel;
using Skep.Watch.Doctor;

namespace Skep.Guard.Kernel;

/// <summary>Whether this kernel enforces policies, for <c>skep doctor</c>.</summary>
public static class GuardExamination
{
    private const string Key = "guard", Title = "Enforced policies";

    /// <summary>Finds out, by loading one of the programs; nothing is attached.</summary>
    public static HealthFinding Examine()
    {
        try
        {
            GuardBackend backend = GuardBackend.Choose(new MachineSnapshot().Types.Require());
            Load(backend);
            return backend.IsLsm
                ? new(Key, Title, "by LSM programs", Health.Good)
                : new(Key, Title, "in front of the LSM hooks (fmod_ret)", Health.Limited,
                    $"boot with lsm={string.Join(',', SecurityModules.Active() ?? [])},bpf for LSM programs");
        }
        catch (NotSupportedException e)
        {
            return new(Key, Title, "not possible", Health.Limited, e.Message);
        }
        catch (KernelException e)
        {
            return new(Key, Title, "not possible", Health.Limited, e.Error.Name == "EPERM"
                ? "the kernel, or what this process may do, refuses programs of type LSM; skep guard watch judges after the fact"
                : e.Message);
        }
    }

    private static void Load(GuardBackend backend)
    {
        using BpfObject bpf = BpfObject.Open(EmbeddedObject.Read(typeof(GuardExamination).Assembly, "guard.bpf.o"), "skep_guard");
        foreach (BpfObjectProgram program in bpf.Programs) program.Autoload = program.Name == backend.Command;
        foreach (string name in (string[])["records", "chunks"]) bpf.Map(name).MaxEntries = 1;

        // As if there were a policy: the verifier of Linux 6.12 fails (EFAULT) where a loop over none makes a callback dead code.
        TableMaps.SetTables(bpf, new GuardTablesRecord { Words = 1, Policies = 1, Guarded = (uint)GuardOperations.All });
        bpf.Load();
    }
}
