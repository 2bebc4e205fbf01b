"""Companies of the leads one may see, and the campaigns that brought leads."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import pages
from config.api.schema import CURSOR, PAGE_SIZE, listed
from config.api.views import ApiView
from leads.api.shapes import COMPANY, CompanyShape
from leads.models import Campaign, Company, Lead


class OneCompany(ApiView):
    @extend_schema(operation_id="companies_get", responses=CompanyShape)
    def get(self, request: Request, pk: int) -> Response:
        """A company of a lead you may see."""
        mine = Company.objects.filter(pk=pk)
        if not request.user.sees_all_leads:
            seen = Lead.objects.visible_to(request.user).filter(company=pk)
            mine = mine.filter(pk__in=seen.values("company"))
        company = mine.first()
        if company is None:
            raise Http404
        return Response({"id": company.pk} | {name: getattr(company, name) for name in COMPANY})


class CampaignShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    external_id = serializers.CharField()
    name = serializers.CharField()


class Campaigns(ApiView):
    parameters = pages.PARAMETERS

    @extend_schema(
        operation_id="campaigns_list", parameters=[CURSOR, PAGE_SIZE], responses=listed(CampaignShape)
    )
    def get(self, request: Request) -> Response:
        return Response(pages.by_number(request, Campaign.objects.all(), _campaign))


def _campaign(one: Campaign) -> dict[str, Any]:
    return {"id": one.pk, "external_id": one.external_id, "name": one.name}
