using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Guard.Kernel;
using Skep.Watch.Doctor;

namespace Skep.Cli.Doctor;

/// <summary><c>skep doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var hidden = new Option<bool>("--hidden")
        {
            Description = "Compare all that shows programs, maps and links instead: what one source shows and another hides.",
        };
        var doctor = new SkepCommand(
            "doctor",
            "Shows what this kernel allows, which capture backend watch uses, and what that does not see.",
            new(
                "docs/inventory.md",
                new("skep doctor", "what this kernel allows"),
                new("skep doctor --hidden -j", "programs, maps and links that are hidden from one source, as JSON"))
            {
                Failed = "failed; with --hidden: something is hidden",
            }) { hidden };
        doctor.Prints((parsed, form) =>
        {
            if (parsed.GetValue(hidden)) return HiddenCommand.Run(form);
            var writer = new ExaminationWriter([.. KernelExamination.Examine(), GuardExamination.Examine()],
                KernelExamination.Tiers(new KernelTypes()));
            StandardOutput.Write(form, writer.WriteJson, writer.WriteText);
            return writer.InUse is null ? ExitCode.NotPermitted : ExitCode.Done;
        });
        return doctor;
    }
}
