using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Skep.Cli.Tests;

/// <summary>
/// Finds static state that may change: fields and properties that can be set, and those whose objects fill or change as they are used
/// (caches).
/// </summary>
internal static class StaticState
{
    /// <summary>The names of static fields and properties that may change.</summary>
    public static IEnumerable<string> Changing(SyntaxNode unit, SemanticModel model)
    {
        foreach (MemberDeclarationSyntax member in unit.DescendantNodes().OfType<MemberDeclarationSyntax>())
        {
            if (!member.Modifiers.Any(SyntaxKind.StaticKeyword)) continue;
            IEnumerable<SyntaxNode> declared = member switch
            {
                FieldDeclarationSyntax field => field.Declaration.Variables,
                EventFieldDeclarationSyntax raised => raised.Declaration.Variables,
                PropertyDeclarationSyntax property => [property],
                _ => [],
            };
            foreach (SyntaxNode one in declared)
                if (model.GetDeclaredSymbol(one) is { } symbol && Changes(symbol)) yield return symbol.Name;
        }
    }

    private static bool Changes(ISymbol symbol) => symbol switch
    {
        IFieldSymbol { IsConst: true } => false,
        IFieldSymbol field => !field.IsReadOnly || IsChanging(field.Type, []),
        IPropertySymbol property => BackingField(property) is { } field && (!field.IsReadOnly || IsChanging(field.Type, [])),
        _ => true,
    };

    // A property that computes has none.
    private static IFieldSymbol? BackingField(IPropertySymbol property) =>
        property.ContainingType.GetMembers().OfType<IFieldSymbol>()
            .FirstOrDefault(field => SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property));

    // Tables (arrays, dictionaries, sets of the class library) are filled where they are declared.
    private static bool IsChanging(ITypeSymbol type, HashSet<ITypeSymbol> seen)
    {
        if (!seen.Add(type)) return false;
        if (type.Name is "Lazy" || type.Name.StartsWith("Concurrent", StringComparison.Ordinal)) return true;
        if (!type.Locations.Any(location => location.IsInSource)) return false;
        for (ITypeSymbol? at = type; at is not null; at = at.BaseType)
        {
            IEnumerable<IFieldSymbol> fields = at.GetMembers().OfType<IFieldSymbol>();
            foreach (IFieldSymbol field in fields.Where(field => field is { IsStatic: false, IsConst: false }))
                if (!(field.IsReadOnly || type.IsValueType) || IsChanging(field.Type, seen)) return true;
        }

        return false;
    }
}
