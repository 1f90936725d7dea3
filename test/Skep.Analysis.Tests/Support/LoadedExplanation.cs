using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Inventory.Objects;

namespace Skep.Analysis.Tests.Support;

/// <summary>Explains loaded programs as <c>skep prog explain</c> does.</summary>
internal static class LoadedExplanation
{
    public static Explanation Of(BpfProgram program)
    {
        ProgramCode code = LoadedCodeReader.Read(program, BpfPrograms.Machine.Kernel);
        return Explainer.Explain(code, ProgramSurroundings.Read(code.Info!.Id, BpfPrograms.Machine.Renew()));
    }
}
